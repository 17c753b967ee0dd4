# Lecture system 14: a Neural Turing Machine head addresses, reads and writes a memory M of four rows.
# Content addressing: the cosine of the key with each row.
cosine = M@k/(norm(M, axis=1)*norm(k))
content = softmax(beta*cosine)
# Interpolation with the previous weights.
gated = g*content + (1 - g)*previous
# Circular shift by -1, 0 and 1, each as likely as s says.
shifted = s[0]*roll(gated, -1) + s[1]*gated + s[2]*roll(gated, 1)
# Sharpening.
power = shifted^gamma
w = power/sum(power)
# Read, then erase and add.
read = w@M
written = M*(1 - outer(w, erase)) + outer(w, add)
loss = sum((read - target)^2) + mean(written^2)
