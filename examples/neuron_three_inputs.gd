# Lecture system 2c: three weighted inputs.
1/(1+exp(-(w0*x0+w1*x1+w2*x2)))
