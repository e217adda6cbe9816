// Fourier transforms: ONNX has complex numbers as a last axis of 2, torch as numbers.
#include <algorithm>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {

// [batch, signal, 1 or 2] → [batch, frames, frequencies, 2].
bool Importer::stft(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* step = data(node, 1);
  if (!in || in->size() < 2 || !step || step->size() != 1) return false;
  SizeId length = -1;
  if (const SizeIds* given = data(node, 3); given && given->size() == 1)
    length = given->front();
  else if (const SizeIds* window_shape = shape(node, 2); window_shape && window_shape->size() == 1)
    length = window_shape->front();
  if (length < 0) return false;
  const SizeIds x = *in;
  const SizeId hop = step->front();
  const SizeId one = sizes_.number(1);
  const SizeId frames = sizes_.add(sizes_.divide(sizes_.subtract(x[1], length), hop), one);
  const bool half = node.integer("onesided", 1) != 0;
  const SizeId frequencies = half ? sizes_.add(sizes_.divide(length, sizes_.number(2)), one) : length;
  set_shape(node, 0, {x[0], frames, frequencies, sizes_.number(2)});
  if (silent_) return true;
  const std::int64_t window = sizes_.size(length);
  const std::int64_t apart = sizes_.size(hop);
  const bool real = x.size() == 2 || (x.size() == 3 && sizes_.fixed(x[2]) && sizes_.size(x[2]) == 1);
  if (!real || !sizes_.fixed(length) || !sizes_.fixed(hop) || window < 1 || window > most || apart < 1 ||
      apart > most || !at(input(node, 0)).ref)
    return custom(node, {input(node, 0)});
  TensorId from = input(node, 0);
  if (x.size() == 3) {
    DraftLayer flat = named(node, "Squeeze");
    flat.set("dim", 2);
    from = turned(node, std::move(flat), from, {x[0], x[1]});
  }
  DraftLayer transform = named(node, "STFT");
  transform.set("n_fft", window).set("hop_length", apart).set("center", false);
  if (!half) transform.set("onesided", false);
  from = turned(node, std::move(transform), from, {x[0], frequencies, frames});
  DraftLayer order = named(node, "Transpose");
  order.set("dim0", 1).set("dim1", 2);
  from = turned(node, std::move(order), from, {x[0], frames, frequencies});
  turned(node, named(node, "ViewAsReal"), from, {}, output(node, 0));
  return true;
}

// [..., 1 or 2] along an axis → [..., 2].
bool Importer::dft(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in || in->size() < 2) return false;
  const SizeIds x = *in;
  if (has(node, 2) && !data(node, 2)) return false;
  std::int64_t along = node.integer("axis", 1);
  if (const SizeIds* given = data(node, 2); given && given->size() == 1)
    along = sizes_.size(given->front());
  else if (model_.opset >= 20)
    along = -2;
  const auto axis = axis_of(along, x.size());
  if (!axis || *axis + 1 == x.size()) return false;
  const bool inverse = node.integer("inverse", 0) != 0;
  const bool half = node.integer("onesided", 0) != 0;
  const bool cut = has(node, 1);
  if (cut && !data(node, 1)) return false;
  SizeIds out = x;
  if (cut) out[*axis] = data(node, 1)->front();
  const SizeId whole = out[*axis];
  if (half && !inverse) out[*axis] = sizes_.add(sizes_.divide(whole, sizes_.number(2)), sizes_.number(1));
  if (half && inverse && !cut)
    out[*axis] = sizes_.multiply(sizes_.subtract(whole, sizes_.number(1)), sizes_.number(2));
  out.back() = sizes_.number(half && inverse ? 1 : 2);
  set_shape(node, 0, out);
  if (silent_) return true;
  const bool real = sizes_.size(x.back()) == 1;
  if (half || cut || !at(input(node, 0)).ref || (!real && sizes_.size(x.back()) != 2))
    return custom(node, {input(node, 0)});
  const SizeIds without(x.begin(), x.end() - 1);
  DraftLayer flat = named(node, real ? "Squeeze" : "ViewAsComplex");
  if (real) flat.set("dim", static_cast<std::int64_t>(x.size()) - 1);
  const TensorId from = turned(node, std::move(flat), input(node, 0), without);
  DraftLayer transform = named(node, inverse ? "IFFT" : "FFT");
  transform.set("dim", Integers{static_cast<std::int64_t>(*axis)});
  const TensorId made = turned(node, std::move(transform), from, without);
  turned(node, named(node, "ViewAsReal"), made, {}, output(node, 0));
  return true;
}

}  // namespace shapedbg::onnx
