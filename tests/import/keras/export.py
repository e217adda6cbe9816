"""Makes the files beside it: small Keras models as to_json() and .keras write them, with the shapes that each
layer's output has when the model runs. KERAS_BACKEND=torch python3 export.py"""
import json
import os

import keras
import numpy
from keras import layers as L

HERE = os.path.dirname(os.path.abspath(__file__))


def unet():
    x = inputs = keras.Input((33, 48, 3), name="image")
    skips = []
    for width in (4, 8):
        x = L.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = L.BatchNormalization()(x)
        skips.append(x)
        x = L.Conv2D(width, 4, strides=2, padding="same")(x)
    x = L.LayerNormalization()(x)
    for width, skip in zip((8, 4), skips[::-1]):
        x = L.Conv2DTranspose(width, 3, strides=2, padding="same")(x)
        if x.shape[1] != skip.shape[1]:
            x = L.Cropping2D(((0, 1), (0, 0)))(x)
        x = L.Concatenate()([x, skip])
    outputs = L.Dense(2, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="unet")


def windows():
    """Each rule of "same", "valid" and "causal", on sizes that divide nothing."""
    x = inputs = keras.Input((29, 23, 2))
    y = L.MaxPooling2D(2, padding="same")(x)
    y = L.DepthwiseConv2D((3, 2), strides=2, padding="same", depth_multiplier=2)(y)
    y = L.SeparableConv2D(6, 3, dilation_rate=2, padding="same", use_bias=False)(y)
    y = L.Conv2DTranspose(4, 2, strides=3, padding="valid")(y)
    y = L.Conv2DTranspose(4, 4, padding="same")(y)
    y = L.Conv2DTranspose(3, 5, strides=2, padding="same")(y)
    y = L.Conv2DTranspose(3, 3, strides=2, padding="same", output_padding=1)(y)
    y = L.UpSampling2D((2, 1), interpolation="bilinear")(y)
    y = L.ZeroPadding2D(((1, 2), (0, 3)))(y)
    y = L.AveragePooling2D(3, strides=2, padding="same")(y)
    y = L.PReLU(shared_axes=[1, 2])(y)
    z = L.GlobalAveragePooling2D()(y)
    z = L.Dropout(0.1)(L.Dense(5, "gelu")(z))
    w = L.Reshape((-1, 3))(y)
    w = L.Permute((2, 1))(w)
    w = L.Flatten()(w)
    return keras.Model(inputs, [z, w], name="windows")


def sound():
    shared = L.Conv1D(4, 3, padding="same", name="shared")
    inner = keras.Sequential([keras.Input((50, 4)), L.Conv1D(4, 3, strides=2, padding="same"), L.ELU()], name="inner")
    a, b = keras.Input((50, 4), name="a"), keras.Input((50, 4), name="b")
    x = L.Average()([shared(a), shared(b)])
    x = inner(x)
    x = L.Conv1D(6, 3, padding="causal", dilation_rate=2)(x)
    x = L.LSTM(7, return_sequences=True)(x)
    x = L.Conv1DTranspose(3, 4, strides=2, padding="same")(x)
    return keras.Model([a, b], L.Subtract()([x, L.Dense(3)(a)]), name="sound")


def text():
    return keras.Sequential([keras.Input((12,), dtype="int32"), L.Embedding(100, 8), L.Conv1D(4, 3),
                             L.GlobalMaxPooling1D(), L.Dense(1, activation="sigmoid")], name="text")


def sequences():
    """Recurrent layers with their states, both directions, a layer at each step, attention of other widths."""
    steps, frames = L.Input((12, 5), name="steps"), L.Input((6, 16, 16, 3), name="frames")
    other = L.Input((9, 7), name="other")
    whole, hidden, cell = L.LSTM(16, return_state=True)(steps)
    x = L.RepeatVector(9)(whole)
    x = L.LSTM(16, return_sequences=True, return_state=True)(x, initial_state=[hidden, cell])[0]
    x = L.TimeDistributed(L.Dense(5))(x)
    both = L.Bidirectional(L.LSTM(8, return_sequences=True, return_state=True))(steps)
    ends = L.Concatenate()([both[1], both[3]])
    mean = L.Bidirectional(L.GRU(4), merge_mode="ave")(both[0])
    product = L.Bidirectional(L.SimpleRNN(4, return_sequences=True), merge_mode="mul")(both[0])
    seen = L.MultiHeadAttention(3, 8, value_dim=6)(x, other)
    seen = L.MultiHeadAttention(2, 8, output_shape=20)(query=seen, value=other, key=other)
    plain = L.Attention()([product, product])
    added = L.AdditiveAttention()([product, product])
    near = L.Dot(axes=2)([plain, added])
    f = L.TimeDistributed(L.Conv2D(4, 3, strides=2, padding="same"))(frames)
    f = L.TimeDistributed(L.MaxPooling2D(2))(f)
    f = L.GRU(3)(L.TimeDistributed(L.Flatten())(f))
    g = L.ConvLSTM2D(2, 3, strides=2, padding="same", return_sequences=True)(frames)
    g = L.ConvLSTM2D(2, 3)(g)
    same = L.Dot(axes=1)([f, f])
    return keras.Model([steps, frames, other], [seen, ends, mean, near, g, same], name="sequences")


def functions():
    """keras.ops and what Python's operators become, and layers that prepare images."""
    image, batch = L.Input((16, 16, 4), name="image"), L.Input((8, 6), name="batch")
    x = L.CenterCrop(12, 12)(L.Resizing(24, 24)(L.RandomFlip()(image)))
    x = x - keras.ops.mean(x, axis=(1, 2), keepdims=True)
    x = (x + 3.0) * 0.5 / 2.0
    a = x[:, 1:, :, :2]
    b = x[:, -1]
    c = keras.ops.relu(x[..., 0])
    d = keras.ops.squeeze(x[:, :1], axis=1)
    y = keras.ops.reshape(keras.ops.concatenate([x, x], axis=-1), (-1, 144, 8))
    y = keras.ops.matmul(keras.ops.transpose(y, (0, 2, 1)), y)
    y, z = keras.ops.split(keras.ops.softmax(y), 2, axis=1)
    y = keras.ops.expand_dims(y, 1)
    s = keras.ops.stack([L.Dense(4)(batch), L.Dense(4)(batch)], axis=1)
    s = keras.ops.maximum(keras.ops.sum(s, axis=1), L.EinsumDense("abc,cd->abd", output_shape=(None, 4))(batch))
    return keras.Model([image, batch], [L.Conv2D(2, 1)(a), L.Conv1D(3, 2)(b), L.Flatten()(c), d, y, z, s],
                       name="functions")


def main():
    for build in (unet, windows, sound, text, sequences, functions):
        model = build()
        name = model.name
        with open(os.path.join(HERE, name + ".json"), "w") as file:
            file.write(model.to_json())
        # Executed, not declared: the values of each layer's output.
        shapes = {}
        tensors = [(layer.name, layer.output) for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)
                   and not isinstance(layer.output, (list, tuple)) and len(layer._inbound_nodes) == 1
                   and not isinstance(layer, L.RandomFlip)]  # it returns what it gets, and is no layer of the spec
        probe = keras.Model(model.inputs, [t for _, t in tensors])
        values = [numpy.zeros([1] + list(t.shape[1:]), "float32") for t in model.inputs]
        for (layer, _), value in zip(tensors, probe(values if len(values) > 1 else values[0])):
            shapes[layer] = [int(v) for v in value.shape]
        with open(os.path.join(HERE, name + ".shapes.json"), "w") as file:
            json.dump(shapes, file, indent=1)
            file.write("\n")
    unet().save(os.path.join(HERE, "unet.keras"))


if __name__ == "__main__":
    main()
