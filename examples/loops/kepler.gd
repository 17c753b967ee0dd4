# Kepler's equation E - eccentricity*sin(E) = M, solved for E by Newton's method, and the distance from the focus.
E = fold(E - (E - eccentricity*sin(E) - M)/(1 - eccentricity*cos(E)) for step in range(6), E=M)
distance = a*(1 - eccentricity*cos(E))
