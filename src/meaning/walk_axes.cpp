// Layers that reorder, drop, split, repeat or replace whole axes.
#include <algorithm>

#include "meaning/walk.h"
#include "meaning/walker.h"

#include "net/facts.h"

namespace shapedbg {

void Walker::reordered(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  if (one.find(Opt::dims) != nullptr) {
    for (const std::int64_t dim : one.integers(Opt::dims)) keep(x, wrapped_axis(dim, rank));
  } else if (one.find(Opt::dim0) != nullptr) {
    for (std::size_t k = 0; k < rank; ++k) keep(x, k);
    std::swap(building_[wrapped_axis(one.integer(Opt::dim0), rank)],
              building_[wrapped_axis(one.integer(Opt::dim1), rank)]);
  } else if (one.info().family == Family::unsqueeze) {
    for (std::size_t k = 0; k < rank; ++k) keep(x, k);
    building_.insert(
        building_.begin() + static_cast<std::ptrdiff_t>(wrapped_axis(one.integer(Opt::dim), rank + 1)),
        AxisMeaning{});
  } else {
    std::vector<char> drop(rank, one.has(Opt::dim) ? 0 : 1);
    if (one.has(Opt::dim))
      for (const std::int64_t dim : one.integers(Opt::dim)) drop[wrapped_axis(dim, rank)] = 1;
    for (std::size_t k = 0; k < rank; ++k)
      if (drop[k] == 0 || in_shape(i)[k] != 1) keep(x, k);
  }
  if (building_.size() == out_shape(i).size()) finish(value_of(i));
}

void Walker::reduced(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  const auto& dims = one.integers(Opt::dim);
  std::vector<char> drop(rank, dims.empty() ? 1 : 0);
  for (const std::int64_t dim : dims) drop[wrapped_axis(dim, rank)] = 1;
  if (one.kind == LayerKind::Sum && !dims.empty()) sums_weighed(i, drop);
  if (rank == 3 && drop[1] != 0 && drop[0] == 0) takes_places(i, 1);
  for (std::size_t k = 0; k < rank; ++k) {
    if (drop[k] == 0)
      keep(x, k);
    else if (one.flag(Opt::keepdim))
      put({});
  }
  finish(value_of(i));
}

// What `ref` is with its axes in another order; only that, no layer that changes a value.
Ref Walker::turned_from(Ref ref) const {
  constexpr int most_steps = 4;
  for (int step = 0; step < most_steps && !ref.is_input(); ++step) {
    const LayerSpec& one = layer(ref.layer);
    const Family family = one.info().family;
    const bool turns = family == Family::permute || family == Family::transpose ||
                       family == Family::flatten || family == Family::along_axes;
    if (!turns || one.inputs.empty()) break;
    ref = one.inputs[0];
  }
  return ref;
}

// A tensor beside itself with its axes exchanged: pairs made symmetric, a map read by rows and by columns.
bool Walker::turns_its_copies(std::size_t i) const {
  const LayerSpec& one = layer(i);
  if (one.inputs.size() < 2) return false;
  const Ref home = turned_from(one.inputs[0]);
  return std::any_of(one.inputs.begin(), one.inputs.end(), [&](Ref ref) { return ref != one.inputs[0]; }) &&
         std::all_of(one.inputs.begin(), one.inputs.end(), [&](Ref ref) { return turned_from(ref) == home; });
}

bool Walker::alike_in_all(std::size_t i, std::size_t k) const {
  const auto first = m_.digits_of(m_.axis(in(i), k));
  for (std::size_t input = 1; input < layer(i).inputs.size(); ++input) {
    const auto digits = m_.digits_of(m_.axis(in(i, input), k));
    if (!std::equal(first.begin(), first.end(), digits.begin(), digits.end())) return false;
  }
  return true;
}

// An axis of copies that are moved by some places each, as a window's places are: where the one lies that is
// not moved.
AxisMeaning Walker::one_not_moved(std::size_t i, std::size_t k) const {
  const AxisMeaning first = m_.axis(in(i), k);
  if (!cuts_ || alike_in_all(i, k)) return first;
  const Reading known = read_positions(m_, m_.digits_of(first));
  if (known.kind != Reading::Kind::place || known.place.cut == 0) return first;
  for (std::size_t input = 1; input < layer(i).inputs.size(); ++input) {
    const AxisMeaning& axis = m_.axis(in(i, input), k);
    const Reading reading = read_positions(m_, m_.digits_of(axis));
    if (reading.kind == Reading::Kind::place && reading.root == known.root &&
        reading.place.step == known.place.step && reading.place.cut == 0)
      return axis;
  }
  return first;
}

void Walker::stacked(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  const std::size_t at = wrapped_axis(layer(i).integer(Opt::dim), rank + 1);
  const bool turned = turns_its_copies(i);
  if (!turned) stack_crossed(i);
  for (std::size_t k = 0; k <= rank; ++k) {
    if (k == at) put(features(out_shape(i)[k], static_cast<int>(i), false));
    if (k == rank) break;
    // A map by rows beside itself by columns: which it is says the new axis.
    put(turned && !alike_in_all(i, k) ? unknown(in_shape(i)[k]) : one_not_moved(i, k));
  }
  finish(value_of(i));
}

void Walker::parts(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  const std::size_t at = wrapped_axis(layer(i).integer(Opt::dim), rank);
  std::int64_t start = 0;
  for (std::size_t output = 0; output < trace_.layers[i].outputs.size(); ++output) {
    const std::int64_t n = out_shape(i, output)[at];
    for (std::size_t k = 0; k < rank; ++k)
      k == at&& n != in_shape(i)[k] ? put(part(i, x, k, n, start, 1)) : keep(x, k);
    start += n;
    finish(mixed_hash(value_of(i), output));
  }
}

void Walker::taken_apart(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  const std::size_t at = wrapped_axis(layer(i).integer(Opt::dim), rank);
  if (at > 0 && batch_is_first_ && layer(i).info().family == Family::unbind && in_shape(i)[at] > 1 &&
      is_batch(m_.axis(x, at)))
    flaw(Flaw::samples, i, at,
         "it takes axis " + std::to_string(at) + " apart, which is the batch: as many parts as samples");
  if (layer(i).info().family == Family::select && rank == 3) takes_places(i, at);
  for (std::size_t output = 0; output < trace_.layers[i].outputs.size(); ++output) {
    for (std::size_t k = 0; k < rank; ++k)
      if (k != at) keep(x, k);
    finish(mixed_hash(value_of(i), output));
  }
}

// A transformed axis holds frequencies, which come from every position; the others are what they were.
void Walker::transformed(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  const Shape& to = out_shape(i);
  const LayerKind kind = layer(i).kind;
  std::size_t kept = std::min(rank, to.size());
  if (kind == LayerKind::STFT) kept = rank - 1;
  if (kind == LayerKind::ISTFT) kept = rank - 2;
  std::vector<char> changed(to.size());
  if (layer(i).find(Opt::dim) != nullptr)
    for (const std::int64_t dim : layer(i).integers(Opt::dim)) changed[wrapped_axis(dim, rank)] = 1;
  for (std::size_t k = 0; k < to.size(); ++k) {
    if (k < kept && changed[k] == 0)
      keep(x, k);
    else
      put(unknown(to[k]));
  }
  finish(value_of(i));
}

// The axis of an input whose size one of an Expand is written as; nothing where it is written otherwise.
std::optional<AxisMeaning> Walker::expanded_as(std::size_t i, std::size_t k) const {
  const OptionValue* option = layer(i).find(Opt::size);
  const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
  if (sizes == nullptr || k >= sizes->size() || (*sizes)[k].nodes().size() != 1) return std::nullopt;
  const Expression::Node& node = (*sizes)[k].nodes()[0];
  const auto input = static_cast<std::size_t>(std::max(node.input, 0));
  if (node.op != Expression::Op::axis || input >= layer(i).inputs.size() || in(i, input).rank < 1)
    return std::nullopt;
  return m_.axis(in(i, input), wrapped_axis(node.value, in(i, input).axis_count()));
}

bool Walker::holds_places(const AxisMeaning& axis) const {
  return read_positions(m_, m_.digits_of(axis)).kind == Reading::Kind::place;
}

// Axes that keep their size are what they were, and one that takes its size from another tensor is that
// one's; else a repeated one is not known.
void Walker::repeated(std::size_t i) {
  const Tensor x = in(i);
  const Shape& from = in_shape(i);
  const Shape& to = out_shape(i);
  const std::size_t added = to.size() - std::min(to.size(), from.size());
  const bool each = layer(i).kind == LayerKind::RepeatInterleave;
  for (std::size_t k = 0; k < to.size(); ++k) {
    if (k >= added && from[k - added] == to[k])
      keep(x, k - added);
    else if (each && holds_places(m_.axis(x, k)))
      // As Upsample does, whose mode is the nearest.
      put(moved(i, x, k, to[k], false, [&](const Alignment& at) { return resized(at, to[k] / from[k]); }));
    else if (const auto as = expanded_as(i, k))
      put(*as);
    else
      put(unknown(to[k]));
  }
  finish(value_of(i));
}

// An axis whose places a Roll moved by `by`, or a Flip turned over (0): places of their own, until the way
// back restores what they were.
AxisMeaning Walker::rolled(std::size_t i, const Tensor& tensor, std::size_t k, std::int64_t by) {
  const AxisMeaning axis = m_.axis(tensor, k);
  const auto digits = m_.digits_of(axis);
  const std::int64_t n = in_shape(i)[k];
  if (digits.empty() || is_batch(axis)) return axis;
  const bool flips = layer(i).kind == LayerKind::Flip;
  if (!flips && by % n == 0) return axis;
  if (const Reading reading = read_positions(m_, digits);
      reading.kind == Reading::Kind::broken || reading.kind == Reading::Kind::several)
    misread(i, tensor, k, reading);
  Rolled was{axis, by % n, flips, false};
  if (const auto known = digits.size() == 1 ? rolled_.find(digits[0].atom) : rolled_.end();
      known != rolled_.end() && is_whole(digits[0], m_.atoms) && known->second.flipped == flips) {
    was = known->second;
    was.by = (was.by + by) % n;
    was.back = true;
    if (flips || was.by == 0) return was.axis;
  }
  const bool places = std::all_of(digits.begin(), digits.end(), [&](const Digit& digit) {
    return m_.atom(digit).kind == AtomKind::position;
  });
  const AxisMeaning moved =
      places ? seeded(n, i, k)
      : std::all_of(digits.begin(), digits.end(),
                    [&](const Digit& digit) { return m_.atom(digit).kind == AtomKind::channel; })
          ? features(n, static_cast<int>(i), all_learned(axis))
          : unknown(n);
  rolled_[moved.mark] = was;
  return moved;
}

// Whether one axis was rolled, rolled back by another amount, and meets what it was at first.
bool Walker::comes_back_elsewhere(const AxisMeaning& rolled, const AxisMeaning& home) const {
  const auto digits = m_.digits_of(rolled);
  if (digits.size() != 1 || !is_whole(digits[0], m_.atoms)) return false;
  const auto known = rolled_.find(digits[0].atom);
  if (known == rolled_.end() || !known->second.back) return false;
  const auto was = m_.digits_of(known->second.axis);
  const auto is = m_.digits_of(home);
  return std::equal(was.begin(), was.end(), is.begin(), is.end());
}

void Walker::turned_over(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  const auto& dims = one.integers(Opt::dims);
  if (dims.empty()) return;  // rolled as one row
  std::vector<std::int64_t> by(rank);
  std::vector<char> moves(rank);
  for (std::size_t d = 0; d < dims.size(); ++d) {
    const std::size_t k = wrapped_axis(dims[d], rank);
    moves[k] = 1;
    if (one.kind == LayerKind::Roll) by[k] += one.integers(Opt::shifts)[d];
  }
  for (std::size_t k = 0; k < rank; ++k) put(moves[k] != 0 ? rolled(i, x, k, by[k]) : m_.axis(x, k));
  finish(value_of(i));
}

// Places along `dim` come from wherever the values or the second input say; the other axes stay.
void Walker::gathered(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  const std::size_t at = wrapped_axis(layer(i).integer(Opt::dim), rank);
  for (std::size_t output = 0; output < trace_.layers[i].outputs.size(); ++output) {
    const Shape& to = out_shape(i, output);
    if (to.size() != rank) return;
    for (std::size_t k = 0; k < rank; ++k)
      k != at&& to[k] == in_shape(i)[k] ? keep(x, k) : put(unknown(to[k]));
    finish(mixed_hash(value_of(i), output));
  }
}

void Walker::custom(std::size_t i) {
  const LayerSpec& one = layer(i);
  const auto same_axis = [&](const Expression& size, std::size_t k, std::size_t& input) {
    if (size.nodes().size() != 1 || size.nodes()[0].op != Expression::Op::axis) return false;
    input = static_cast<std::size_t>(size.nodes()[0].input);
    if (input >= one.inputs.size() || in(i, input).rank < 0) return false;
    return wrapped_axis(size.nodes()[0].value, static_cast<std::size_t>(in(i, input).rank)) == k;
  };
  const auto declared = [&](const std::vector<Expression>& sizes, const Shape& shape) {
    for (std::size_t k = 0; k < shape.size(); ++k) {
      std::size_t input = 0;
      if (k < sizes.size() && same_axis(sizes[k], k, input))
        keep(in(i, input), k);
      else
        put(unknown(shape[k]));
    }
    finish(mixed_hash(value_of(i), m_.outputs.size()));
  };
  if (one.has(Opt::outputs)) {
    const auto& all = std::get<std::vector<std::vector<Expression>>>(one.find(Opt::outputs)->value);
    for (std::size_t k = 0; k < std::min(all.size(), trace_.layers[i].outputs.size()); ++k)
      declared(all[k], out_shape(i, k));
    return;
  }
  const OptionValue* output = one.find(Opt::output);
  if (const auto* sizes = output == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&output->value))
    return declared(*sizes, out_shape(i));
  Tensor same = in(i);
  same.value = value_of(i);
  m_.outputs.push_back(same);
}

}  // namespace shapedbg
