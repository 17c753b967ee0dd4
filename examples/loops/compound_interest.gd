# A balance with monthly payments after ten years.
fold(balance*(1 + rate/12) + payment for month in range(120), balance=deposit)
