"""Makes two.json beside it: a model as Keras 2 writes it, with the shapes of its layers' outputs. With TensorFlow 2.15:
python3 export_two.py"""
import json
import os

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers as L

HERE = os.path.dirname(os.path.abspath(__file__))


def two():
    image = L.Input((16, 16, 4), name="image")
    steps = L.Input((20,), dtype="int32", name="steps")
    encoder = keras.Sequential([L.Input((16, 16, 4)), L.Conv2D(8, 3, strides=2, padding="same"), L.Flatten(),
                                L.Dense(6)], name="encoder")
    decoder = keras.Sequential([L.Input((6,)), L.Dense(8 * 8 * 4), L.Reshape((8, 8, 4)),
                                L.Conv2DTranspose(4, 3, strides=2, padding="same")], name="decoder")
    x = decoder(encoder(image))
    x = x - tf.reduce_mean(x, axis=[1, 2], keepdims=True)
    x = 1.0 - x * 2.0
    s = tf.nn.space_to_depth(tf.pad(x, [[0, 0], [1, 1], [2, 2], [0, 0]]), 2)
    y = tf.transpose(tf.reshape(tf.concat([x, image], axis=-1), (-1, 256, 8)), (0, 2, 1))
    a, b = tf.split(tf.nn.softmax(tf.matmul(y, y, transpose_b=True)), [3, 5], axis=1)
    e = L.Embedding(100, 32)(steps)
    t = L.LayerNormalization()(e + L.MultiHeadAttention(4, 8)(e, value=e))
    return keras.Model([image, steps], [s, tf.expand_dims(a, 1), b, x[:, 1:, ::2], x[:, -1], t], name="two")


def main():
    model = two()
    with open(os.path.join(HERE, "two.json"), "w") as file:
        file.write(model.to_json())
    outputs = {layer.name: layer.output for layer in model.layers
               if not isinstance(layer, (L.InputLayer, keras.Model)) and not isinstance(layer.output, list)}
    values = keras.Model(model.inputs, outputs)([tf.zeros((1, 16, 16, 4)), tf.zeros((1, 20), tf.int32)])
    with open(os.path.join(HERE, "two.shapes.json"), "w") as file:
        json.dump({name: list(value.shape) for name, value in values.items()}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
