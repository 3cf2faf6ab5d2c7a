"""The same training step in PyTorch, for comparison. Reads commands from standard input, answers one line each.

usage: peer.py encoder|decoder LAYERS WIDTH HEADS KEY_HEADS HEAD_SIZE INNER VOCABULARY MODE LENGTHS...
       (one length for each example of the batch)
models: encoder  BERT-type with a classifier on the first token
        decoder  Llama-type with the output matrix tied, for the next token
modes: plain   LoRA without privacy: one backward pass of the mean loss
       hooks   DP-SGD as Opacus does it: activations and output gradients by hooks, einsum, a norm for each parameter
       leaf    DP-SGD with B as one leaf for each example and a batched product
       forward evaluation
commands: "run N" -> seconds for N steps; "memory" -> peak resident MiB; end of input ends.
The base is frozen, the same tensors are trained as by the engine (B of query and value, and the output of the encoder's
head), only the encoder's first token asks in its last layer, a decoder's last token is no input, and examples are
sorted by length and padded to the longest of their micro-batch.
"""
import resource
import sys
import time

import torch
from torch.nn import functional as F

kind = sys.argv[1]
layers, width, heads, key_heads, head_size, inner, vocabulary = map(int, sys.argv[2:9])
mode = sys.argv[9]
lengths = sorted(map(int, sys.argv[10:]))
RANK, LABELS, SCALE, CLIP, SIGMA = 8, 18, 2.0, 1.0, 1.0
torch.set_flush_denormal(True)
torch.manual_seed(1)


def matrix(*shape):
    return torch.randn(*shape) * 0.02


embedding, positions = matrix(vocabulary, width), matrix(max(lengths) + 2, width)
query_width, key_width = heads * head_size, key_heads * head_size
SHAPES = [
    ("query", query_width, width), ("key", key_width, width), ("value", key_width, width),
    ("out", width, query_width), ("up", inner, width), ("down", width, inner)]
if kind == "decoder":
    SHAPES.append(("gate", inner, width))


def weights_of(rows, columns):
    return matrix(rows, columns), torch.zeros(rows) if kind == "encoder" else None


base = [{name: weights_of(rows, columns) for name, rows, columns in SHAPES} for _ in range(layers)]
gamma, beta = torch.ones(width), torch.zeros(width)
frozen = {(i, n): torch.linalg.qr(torch.randn(width, RANK))[0].t().contiguous()
          for i in range(layers) for n in ("query", "value")}
dense = torch.linalg.qr(torch.randn(width, width))[0].contiguous()
trained = {key: matrix(query_width if key[1] == "query" else key_width, RANK) for key in frozen}
if kind == "encoder":
    trained.update(head=matrix(LABELS, width), bias=torch.zeros(LABELS))
for tensor in trained.values():
    tensor.requires_grad_(True)
tokens = [torch.randint(vocabulary, (length,)) for length in lengths]
labels = torch.arange(len(lengths)) % LABELS
saved = {}  # of the hooks: activation and output gradient for each parameter


def watch(key, activation, output):
    """Keeps what Opacus' hooks keep for a linear layer."""
    if mode == "hooks" and output.requires_grad:
        output.register_hook(lambda gradient: saved.__setitem__(key, (activation, gradient)))
    return output


def norm(x):
    return F.layer_norm(x, (width,), gamma, beta, 1e-5)


def adapted(x, weights, layer, name, parameters):
    y = F.linear(x, *weights[name])
    if (layer, name) not in frozen:
        return y
    low = F.linear(x, frozen[layer, name])
    b = parameters[layer, name]
    up = torch.bmm(low, b.transpose(1, 2)) if b.dim() == 3 else watch((layer, name), low, F.linear(low, b))
    return y + SCALE * up


def split(y):
    return y.view(len(y), -1, y.shape[-1] // head_size, head_size).transpose(1, 2)


def attention(q, k, v, bias):
    scores = q @ k.transpose(-1, -2) * head_size ** -0.5
    if bias is not None:
        scores = scores + bias
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(len(q), -1, query_width)


def classify(ids, mask, parameters):
    """Logits of each example's label."""
    count, length = ids.shape
    with torch.no_grad():
        x = norm(embedding[ids] + positions[:length])
    bias = None if mask.all() else torch.zeros(count, 1, 1, length).masked_fill(~mask[:, None, None], float("-inf"))
    for layer, weights in enumerate(base):
        asking = x[:, :1] if layer == layers - 1 else x
        q = split(adapted(asking, weights, layer, "query", parameters))
        k = split(adapted(x, weights, layer, "key", parameters))
        v = split(adapted(x, weights, layer, "value", parameters))
        x = norm(asking + F.linear(attention(q, k, v, bias), *weights["out"]))
        x = norm(x + F.linear(F.gelu(F.linear(x, *weights["up"])), *weights["down"]))
    features = torch.tanh(F.linear(x[:, 0], dense))
    head, offset = parameters["head"], parameters["bias"]
    if head.dim() == 3:
        return torch.bmm(head, features[:, :, None])[:, :, 0] + offset
    return watch("head", features, F.linear(features, head, offset))


def rms_norm(x):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * gamma


def turned(x, cosines, sines):
    left, right = x.chunk(2, dim=-1)
    return x * cosines + torch.cat((-right, left), dim=-1) * sines


def predict(ids, parameters):
    """Logits of each token's successor. What comes later is masked, so padding at the end needs no mask."""
    length = ids.shape[1]
    with torch.no_grad():
        x = embedding[ids]
        angles = torch.arange(length)[:, None] * 1e4 ** (-torch.arange(0, head_size, 2) / head_size)
        cosines, sines = angles.cos().repeat(1, 2), angles.sin().repeat(1, 2)
        bias = torch.full((length, length), float("-inf")).triu(1)
    for layer, weights in enumerate(base):
        h = rms_norm(x)
        q = turned(split(adapted(h, weights, layer, "query", parameters)), cosines, sines)
        k = turned(split(adapted(h, weights, layer, "key", parameters)), cosines, sines)
        v = split(adapted(h, weights, layer, "value", parameters))
        k, v = (y.repeat_interleave(heads // key_heads, dim=1) for y in (k, v))
        x = x + F.linear(attention(q, k, v, bias), *weights["out"])
        h = rms_norm(x)
        x = x + F.linear(F.silu(F.linear(h, *weights["gate"])) * F.linear(h, *weights["up"]), *weights["down"])
    return F.linear(rms_norm(x), embedding)


def loss_of(ids, mask, expected, parameters):
    """Sum over the examples of each one's own loss: of its label, or the mean over its targets."""
    if kind == "encoder":
        return F.cross_entropy(classify(ids, mask, parameters), expected, reduction="sum")
    each = F.cross_entropy(predict(ids[:, :-1], parameters).transpose(1, 2), ids[:, 1:], reduction="none")
    targets = mask[:, 1:]
    return (each * targets / targets.sum(1, keepdim=True)).sum()


def batches(size):
    for start in range(0, len(tokens), size):
        part = tokens[start:start + size]
        ids = torch.ones(len(part), len(part[-1]), dtype=torch.long)
        mask = torch.zeros(ids.shape, dtype=torch.bool)
        for row, example in enumerate(part):
            ids[row, :len(example)] = example
            mask[row, :len(example)] = True
        yield ids, mask, labels[start:start + size]


def clipped(gradients, sums):
    """Adds per-example gradients, clipped over all parameters jointly; a norm for each parameter first."""
    norms = torch.stack([g.flatten(1).norm(dim=1) for g in gradients.values()], dim=1).norm(dim=1)
    factors = (CLIP / (norms + 1e-6)).clamp(max=1.0)
    for key, gradient in gradients.items():
        sums[key] += torch.einsum("i,i...->...", factors, gradient)


def step(size):
    if mode == "forward":
        with torch.no_grad():
            for ids, mask, _ in batches(size):
                loss_of(ids, mask, labels[:len(ids)], trained)
        return
    sums = {key: torch.zeros_like(value) for key, value in trained.items()}
    for ids, mask, expected in batches(size):
        if mode == "leaf":
            leaves = {k: v.detach().expand(len(ids), *v.shape).requires_grad_(True) for k, v in trained.items()}
            loss = loss_of(ids, mask, expected, leaves)
            grads = torch.autograd.grad(loss, list(leaves.values()))
            clipped(dict(zip(leaves, grads)), sums)
            continue
        loss = loss_of(ids, mask, expected, trained)
        grads = torch.autograd.grad(loss, list(trained.values()))
        if mode == "plain":
            for key, gradient in zip(trained, grads):
                sums[key] += gradient
            continue
        per_example = {}
        for key, (activation, gradient) in saved.items():
            equation = "no,ni->noi" if activation.dim() == 2 else "nto,nti->noi"
            per_example[key] = torch.einsum(equation, gradient, activation)
        if kind == "encoder":
            per_example["bias"] = saved["head"][1]
        clipped(per_example, sums)
        saved.clear()
    with torch.no_grad():
        for key, value in trained.items():
            noise = 0 if mode == "plain" else torch.randn_like(value) * SIGMA * CLIP
            value -= 1e-3 * (sums[key] + noise) / len(tokens)


def seconds(steps, size):
    began = time.perf_counter()
    for _ in range(steps):
        step(size)
    return time.perf_counter() - began


def fastest():
    """Threads and micro-batch that suit the machine best: the micro-batch first, then one thread against two."""
    sizes = [size for size in (8, 16, 32, 64) if size <= len(tokens)]
    best = None
    for threads, candidates in ((2, sizes), (1, None)):
        torch.set_num_threads(threads)
        for size in candidates or [best[2]]:
            seconds(1, size)
            took = seconds(1, size)
            best = min(best or (took, threads, size), (took, threads, size))
    return best[1:]


if mode.endswith("-memory"):
    mode = mode[:-len("-memory")]
    chosen = (2, 16)
    torch.set_num_threads(2)
    seconds(2, 16)
else:
    chosen = fastest()
    torch.set_num_threads(chosen[0])
print("ready", *chosen, flush=True)
for line in sys.stdin:
    command = line.split()
    if command[0] == "run":
        print(seconds(int(command[1]), chosen[1]), flush=True)
    elif command[0] == "memory":
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
