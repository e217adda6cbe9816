// Sizes that remember where they came from. A size is a number at the inputs' declared shapes, and at a few
// other shapes at the same time (lanes): two sizes that agree on every lane are one size, however they were
// computed. So the (x - 1)//16 + 1 that an exporter wrote meets the four strided convolutions that it stands
// for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/few.h"

namespace shapedbg::onnx {

using SizeId = std::int32_t;
using SizeIds = Few<SizeId, 6>;

class Sizes {
 public:
  static constexpr std::size_t lane_count = 6;
  using Lanes = std::array<double, lane_count>;
  enum class Op : std::uint8_t { number, symbol, add, subtract, multiply, divide, other };

  Sizes();
  SizeId number(double value);
  // An axis of an input: `value` as declared, other values on the other lanes. `index` tells axes apart.
  SizeId symbol(double value, std::size_t index);
  // The same of an axis that was `declared` when the file was made: on the other lanes multiples of that, so
  // that what it was divided into without a rest then is so there; itself on the last one.
  SizeId symbol(double value, std::size_t index, double declared);
  SizeId add(SizeId a, SizeId b) { return apply(Op::add, a, b); }
  SizeId subtract(SizeId a, SizeId b) { return apply(Op::subtract, a, b); }
  SizeId multiply(SizeId a, SizeId b) { return apply(Op::multiply, a, b); }
  SizeId divide(SizeId a, SizeId b) { return apply(Op::divide, a, b); }  // rounded down
  // Any other function of two sizes, lane by lane.
  template <typename Function>
  SizeId map(SizeId a, SizeId b, Function function) {
    Lanes lanes{};
    for (std::size_t i = 0; i < lane_count; ++i) lanes[i] = function(at(a)[i], at(b)[i]);
    return keep(lanes, {Op::other, a, b});
  }

  double value(SizeId id) const { return at(id)[0]; }
  std::int64_t size(SizeId id) const;  // bounded to 2^62 either way
  // What it was when the file was made, where the symbols were told that.
  double declared(SizeId id) const { return at(id)[lane_count - 1]; }
  const Lanes& at(SizeId id) const { return entries_[static_cast<std::size_t>(id)].lanes; }
  // The same on every lane: a constant of the file.
  bool fixed(SizeId id) const;

  // The size as an expression over sizes that have a text ("in[2]"); nothing where that cannot be said.
  using Texts = std::vector<std::pair<SizeId, std::string>>;
  std::optional<std::string> text(SizeId id, const Texts& leaves);

 private:
  struct From {
    Op op = Op::number;
    SizeId left = -1;
    SizeId right = -1;
  };
  struct Entry {
    Lanes lanes;
    From from;
  };
  SizeId apply(Op op, SizeId a, SizeId b);
  SizeId keep(const Lanes& lanes, From from);
  std::optional<std::string> written(SizeId id, const Texts& leaves, int depth, int& budget) const;
  SizeId find(const Lanes& lanes) const;

  struct Hash {
    std::size_t operator()(const Lanes& lanes) const;
  };
  std::vector<Entry> entries_;
  std::unordered_map<Lanes, SizeId, Hash> ids_;
};

}  // namespace shapedbg::onnx
