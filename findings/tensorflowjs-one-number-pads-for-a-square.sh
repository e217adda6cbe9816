#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0 (npm; CPU).
# Guess: a padding of 1 is [[0, 0], [1, 1], [1, 1], [0, 0]], said shorter.
# Seen: only for a square. Where padding is one number the size along the columns is computed with the kernel, the stride and the
# dilation of the rows. A map of 8x10 with k 3, stride [2, 1] and padding 1 becomes 4x5, the first half of the columns; as a list,
# 4x10. With stride [1, 2] it becomes 8x10 for 8x5, and half of that is windows beyond the map, 0 in a convolution, -Infinity in a
# max pool. A kernel of 1x3 with padding 0 returns 8x10 for 8x8, one of 3x1 6x8 for 6x10. Convolutions, depthwise ones and pools do so, and
# nothing is said.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{}' >package.json
npm install --silent --ignore-scripts @tensorflow/tfjs@4.22.0 >/dev/null
cat >run.js <<'JAVASCRIPT'
const assert = require('assert');
const tf = require('@tensorflow/tfjs');
const x = tf.range(0, 80).reshape([1, 8, 10, 1]);
for (const [kernel, stride, dilation, padding, wanted] of [
  [[3, 3], [1, 1], [1, 1], 1, [8, 10, 8, 10]], [[3, 3], [2, 1], [1, 1], 1, [4, 5, 4, 10]], [[3, 3], [1, 2], [1, 1], 1, [8, 10, 8, 5]],
  [[1, 3], [1, 1], [1, 1], 0, [8, 10, 8, 8]], [[3, 1], [1, 1], [1, 1], 0, [6, 8, 6, 10]], [[3, 3], [1, 1], [2, 1], 1, [6, 8, 6, 10]]]) {
  const layers = {
    conv2d: p => tf.conv2d(x, tf.ones([...kernel, 1, 1]), stride, p, 'NHWC', dilation),
    depthwiseConv2d: p => tf.depthwiseConv2d(x, tf.ones([...kernel, 1, 1]), stride, p, 'NHWC', dilation)};
  if (dilation[0] === 1) {
    layers.maxPool = p => tf.maxPool(x, kernel, stride, p);
    layers.avgPool = p => tf.avgPool(x, kernel, stride, p);
  }
  for (const [name, layer] of Object.entries(layers)) {
    const [number, list] = [layer(padding), layer([[0, 0], [padding, padding], [padding, padding], [0, 0]])];
    console.log(name, 'kernel', kernel, 'stride', stride, 'dilation', dilation, 'padding', padding + ':', number.shape, 'as a list:', list.shape);
    assert.deepStrictEqual([...number.shape.slice(1, 3), ...list.shape.slice(1, 3)], wanted);
    const [rows, columns] = [0, 1].map(axis => Math.min(number.shape[axis + 1], list.shape[axis + 1]));
    const shared = [number, list].map(y => Array.from(y.slice([0, 0, 0, 0], [1, rows, columns, 1]).dataSync()));
    assert.deepStrictEqual(shared[0], shared[1]);
    if (stride[1] === 2) {
      const beyond = Array.from(number.slice([0, 0, 6, 0], [1, 8, 4, 1]).dataSync());
      assert(beyond.every(value => Object.is(value, {maxPool: -Infinity, avgPool: NaN}[name] ?? 0)));
    }
  }
}
JAVASCRIPT
node run.js 2>&1 | sed '/^=\|^Hi, \|^$/d'
