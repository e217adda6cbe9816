#include "read/onnx/sizes.h"

#include <bit>
#include <cmath>

namespace shapedbg::onnx {
namespace {

double computed(Sizes::Op op, double a, double b) {
  switch (op) {
    case Sizes::Op::add:
      return a + b;
    case Sizes::Op::subtract:
      return a - b;
    case Sizes::Op::multiply:
      return a * b;
    case Sizes::Op::divide:
      return b == 0 ? 0 : std::floor(a / b);
    case Sizes::Op::number:
    case Sizes::Op::symbol:
    case Sizes::Op::other:
      break;
  }
  return 0;
}

}  // namespace

std::size_t Sizes::Hash::operator()(const Lanes& lanes) const {
  std::uint64_t hash = 0x9E3779B97F4A7C15ULL;
  for (const double lane : lanes) hash = (hash ^ std::bit_cast<std::uint64_t>(lane)) * 0xFF51AFD7ED558CCDULL;
  return static_cast<std::size_t>(hash ^ (hash >> 29));
}

Sizes::Sizes() {
  number(0);
  number(1);
}

SizeId Sizes::keep(const Lanes& given, From from) {
  Lanes lanes = given;
  for (double& lane : lanes)  // no -0 and no NaN, so that equal is equal
    lane = std::isnan(lane) ? 0 : lane + 0.0;
  const auto [found, fresh] = ids_.try_emplace(lanes, static_cast<SizeId>(entries_.size()));
  if (fresh) entries_.push_back({lanes, from});
  return found->second;
}

SizeId Sizes::find(const Lanes& lanes) const {
  const auto found = ids_.find(lanes);
  return found == ids_.end() ? -1 : found->second;
}

SizeId Sizes::number(double value) {
  Lanes lanes;
  lanes.fill(value);
  return keep(lanes, {});
}

SizeId Sizes::symbol(double value, std::size_t index) {
  // Larger sizes only, so that what fits still fits; of both parities, and different for each axis.
  const auto shift = static_cast<double>(index % 1021);
  const double base = value + 16;
  return keep({value, base + 11 + 14 * shift, 2 * base + 33 + 58 * shift, 3 * base + 128 + 22 * shift,
               5 * base + 97 + 46 * shift, 7 * base + 64 + 94 * shift},
              {Op::symbol, static_cast<SizeId>(index), -1});
}

SizeId Sizes::symbol(double value, std::size_t index, double declared) {
  const auto axis = static_cast<double>(index % 16);
  return keep({value, declared * (2 + axis), declared * (3 + 2 * axis), declared * (5 + 3 * axis),
               declared * (7 + 5 * axis), declared},
              {Op::symbol, static_cast<SizeId>(index), -1});
}

SizeId Sizes::apply(Op op, SizeId a, SizeId b) {
  Lanes lanes{};
  for (std::size_t i = 0; i < lane_count; ++i) lanes[i] = computed(op, at(a)[i], at(b)[i]);
  return keep(lanes, {op, a, b});
}

std::int64_t Sizes::size(SizeId id) const {
  constexpr double bound = 4611686018427387904.0;
  const double wanted = value(id);
  if (wanted >= bound) return INT64_C(1) << 62;
  if (wanted <= -bound) return -(INT64_C(1) << 62);
  return static_cast<std::int64_t>(wanted);
}

bool Sizes::fixed(SizeId id) const {
  const Lanes& lanes = at(id);
  for (const double lane : lanes)
    if (lane != lanes[0]) return false;
  return true;
}

std::optional<std::string> Sizes::written(SizeId id, const Texts& leaves, int depth, int& budget) const {
  if (--budget < 0 || depth > 24) return {};
  for (const auto& [leaf, text] : leaves)
    if (leaf == id) return text;
  if (fixed(id)) {
    if (value(id) != std::floor(value(id)) || std::abs(value(id)) > 1e15) return {};
    return std::to_string(size(id));
  }
  const From& from = entries_[static_cast<std::size_t>(id)].from;
  if (from.op < Op::add || from.op > Op::divide) return {};
  const auto left = written(from.left, leaves, depth + 1, budget);
  if (!left) return {};
  const auto right = written(from.right, leaves, depth + 1, budget);
  if (!right) return {};
  const char* sign = from.op == Op::add        ? " + "
                     : from.op == Op::subtract ? " - "
                     : from.op == Op::multiply ? "*"
                                               : "//";
  const auto in_brackets = [&](const std::string& text) {
    return text.find_first_of(" /") == std::string::npos ? text : "(" + text + ")";
  };
  std::string text = from.op == Op::add || from.op == Op::subtract ? *left : in_brackets(*left);
  text += sign;
  text += from.op == Op::add                                                            ? *right
          : from.op == Op::subtract || from.op == Op::multiply || from.op == Op::divide ? in_brackets(*right)
                                                                                        : *right;
  if (text.size() > 160) return {};
  return text;
}

std::optional<std::string> Sizes::text(SizeId id, const Texts& leaves) {
  for (const auto& [leaf, text] : leaves)
    if (leaf == id) return text;
  if (fixed(id)) return std::to_string(size(id));
  const Lanes& wanted = at(id);
  const auto matches = [&](auto function) {
    for (std::size_t i = 0; i < lane_count; ++i)
      if (function(i) != wanted[i]) return false;
    return true;
  };
  // x*n, x//n and x*y, whatever the file computed.
  for (const auto& [leaf, text] : leaves) {
    if (fixed(leaf)) continue;
    const Lanes& x = at(leaf);
    if (x[0] <= 0 || wanted[0] <= 0) continue;
    const double times = wanted[0] / x[0];
    if (times == std::floor(times) && matches([&](std::size_t i) { return x[i] * times; }))
      return text + "*" + std::to_string(static_cast<std::int64_t>(times));
    const double over = std::floor(x[0] / wanted[0]);
    if (over > 1 && matches([&](std::size_t i) { return std::floor(x[i] / over); }))
      return text + "//" + std::to_string(static_cast<std::int64_t>(over));
    // No structured binding: clang 14 lets no lambda see one.
    for (const auto& other : leaves)
      if (!fixed(other.first) && matches([&](std::size_t i) { return x[i] * at(other.first)[i]; }))
        return text + "*" + other.second;
  }
  int budget = 400;
  return written(id, leaves, 0, budget);
}

}  // namespace shapedbg::onnx
