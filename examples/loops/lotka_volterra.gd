# Prey and predators by the method of Runge and Kutta: how their numbers at the end depend on the rates.
slope(y) = [a*y[0] - b*y[0]*y[1], d*y[0]*y[1] - c*y[1]]
second(y, k1) = third(y, k1, slope(y + dt/2*k1))
third(y, k1, k2) = fourth(y, k1, k2, slope(y + dt/2*k2))
fourth(y, k1, k2, k3) = y + dt/6*(k1 + 2*k2 + 2*k3 + slope(y + dt*k3))
y = fold(second(y, slope(y)) for step in range(20), y=start)
total = sum(y)
