"""Functions with torch and torch.nn.functional, as its documentation and tutorials write them."""
# ruff: noqa

import torch
import torch.nn as nn
import torch.nn.functional as F


def standardized(x):
    return (((x - x.mean()) / x.std()) ** 3).sum()


def biased(x):
    return torch.var(x, unbiased=False) + torch.std(x, dim=0, keepdim=True).sum()


def classifier(x, W, b, target):
    logits = F.linear(x, W, b)
    return F.cross_entropy(logits, target)


def log_likelihood(scores, target):
    return F.nll_loss(F.log_softmax(scores, dim=1), target)


def regression_losses(a, b):
    return F.mse_loss(a, b) + F.l1_loss(a, b, reduction="sum") + F.smooth_l1_loss(a, b) + F.huber_loss(a, b, delta=0.3)


def binary(z, t):
    criterion = nn.BCEWithLogitsLoss()
    return criterion(z, t) + F.binary_cross_entropy(torch.sigmoid(z), t)


def divergence(a, b):
    return F.kl_div(F.log_softmax(a, dim=-1), F.softmax(b, dim=-1), reduction="batchmean")


def activations(x):
    y = F.relu(x) + F.gelu(x) + F.gelu(x, approximate="tanh") + F.silu(x) + F.elu(x, alpha=1.2) + F.softplus(x)
    y = y + F.leaky_relu(x, 0.2) + F.hardtanh(x) + F.softsign(x) + F.logsigmoid(x) + F.mish(x) + F.selu(x)
    return torch.sum(y * nn.Tanh()(x))


def largest(x):
    values, _ = x.max(dim=1)
    return values.sum() + torch.max(x) + torch.amax(x, dim=0).sum() + x.min(dim=0).values.prod()


def shapes(x):
    y = x.view(2, 3).t().unsqueeze(0).squeeze(0)
    z = torch.cat([y, y * 2], dim=1).transpose(0, 1).reshape(-1)
    return (z.pow(2) * torch.arange(12)).sum() + x.permute(1, 0)[0, 1]


def clamped(x):
    return torch.clamp(x, min=-0.5, max=0.5).sum() + x.clamp(min=0).mul(3).sum() + torch.rsqrt(x.square() + 1).sum()


def scaled_dot_product_attention(query, key, value):
    scale = 1 / torch.sqrt(torch.tensor(query.size(-1), dtype=torch.float64))
    weight = F.softmax(query @ key.transpose(-2, -1) * scale, dim=-1)
    return (weight @ value).norm()


def layer_normalized(x, w, b):
    return (F.layer_norm(x, (3,), w, b) ** 3).sum() + F.normalize(x, dim=1).sum() + F.cosine_similarity(x, x * x).sum()


def convolution(image, kernel):
    maps = F.max_pool2d(F.relu(F.conv2d(image, kernel, padding=1)), 2)
    return maps.sum()


def remainders(x, y):
    return (
        torch.remainder(x, y)
        + torch.fmod(x, y)
        + torch.lerp(x, y, 0.3)
        + torch.addmm(torch.eye(2), torch.ones(2, 2), torch.ones(2, 2)).trace()
    )
