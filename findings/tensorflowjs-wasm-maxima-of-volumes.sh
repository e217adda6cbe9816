#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0 and @tensorflow/tfjs-backend-wasm 4.22.0 (npm).
# Guess: the backends of one library differ in speed and in the last digit.
# Seen: maxPool3d, and the layer of that name, begins its maximum on wasm with 1.2e-38, the smallest normal positive float, not with minus
# infinity: no maximum is below that, with padding or without. Of a volume of negative values all are lost, of others the windows that
# hold no positive one: a ReLU that the model does not have, at the right size and without a word. On the CPU backend it is right, and
# so are maxPool, max and avgPool3d on both. A 3D U-Net that normalizes in front of its pools is another one in the browser.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{}' >package.json
npm install --silent --ignore-scripts @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 >/dev/null
cat >run.js <<'JAVASCRIPT'
const assert = require('assert');
const tf = require('@tensorflow/tfjs');
require('@tensorflow/tfjs-backend-wasm').setWasmPaths(`${__dirname}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`);
const round = y => Array.from(y.dataSync());
async function main() {
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    await tf.ready();
    const volume = tf.tensor([-8, -7, -6, -5, -4, -3, 5, 6]).reshape([1, 8, 1, 1, 1]);
    const image = volume.reshape([1, 8, 1, 1]);
    const seen = {
      maxPool3d: round(tf.maxPool3d(volume, [2, 1, 1], [2, 1, 1], 'valid')),
      same: round(tf.maxPool3d(volume, [3, 1, 1], [2, 1, 1], 'same')),
      layer: round(tf.layers.maxPooling3d({poolSize: [2, 1, 1]}).apply(volume)),
      maxPool: round(tf.maxPool(image, [2, 1], [2, 1], 'valid')),
      avgPool3d: round(tf.avgPool3d(volume, [2, 1, 1], [2, 1, 1], 'valid')),
      max: round(tf.max(volume.reshape([4, 2]), 1))};
    console.log(backend, JSON.stringify(seen));
    const right = [-7, -5, -3, 6], least = 2 ** -126;
    const volumes = backend === 'cpu' ? right : [least, least, least, 6];
    assert.deepStrictEqual(seen.maxPool3d, volumes);
    assert.deepStrictEqual(seen.layer, volumes);
    assert.deepStrictEqual(seen.same, backend === 'cpu' ? [-6, -4, 5, 6] : [least, least, 5, 6]);
    assert.deepStrictEqual(seen.maxPool, right);
    assert.deepStrictEqual(seen.max, right);
    assert.deepStrictEqual(seen.avgPool3d, [-7.5, -5.5, -3.5, 5.5]);
  }
}
main().catch(error => { console.error(error); process.exit(1); });
JAVASCRIPT
node run.js 2>&1 | sed '/^=\|^Hi, \|^$/d'
