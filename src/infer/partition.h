// Every size of the free axes at once: the sizes are parted only where a layer or an expectation tells them
// apart, and each class is judged once, for all of its members (digits.h, form.h).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "net/spec.h"
#include "size/digits.h"
#include "size/form.h"
#include "size/size_box.h"

namespace shapedbg {

enum class SizeOutcome : std::uint8_t {
  right,    // every layer runs and every expectation holds
  wrong,    // runs, returns another size
  refused,  // some layer refuses
};

// What one size comes to, and the layer that decides: the first that refuses, or the first whose own
// `expect` is missed; -1 where none does or the network's is.
struct SizeVerdict {
  SizeOutcome outcome = SizeOutcome::right;
  LayerId layer;
  bool operator==(const SizeVerdict&) const = default;
};

inline bool is_right(const SizeVerdict& verdict) { return verdict.outcome == SizeOutcome::right; }

// A size to be varied: each of `sizes` is put on all of `axes` at once.
struct VariedSize {
  std::vector<FreeAxis> axes;
  SizeBox sizes = SizeBox::from(1);
};

struct SizeClass {
  std::vector<SizeBox> sizes;  // one for each size that is varied
  SizeVerdict verdict;
  bool known = true;  // false: not of the form, or beyond the limit
  // What the last layer returns, over the digits that the sizes were written in; nothing where a layer
  // refuses.
  std::optional<std::vector<Form>> returned;
  struct Place {
    int digit = 0;
    std::size_t varied = 0;  // index of the size that it is a digit of
    std::int64_t step = 1;
    std::int64_t count = 1;
  };
  std::vector<Place> places;          // larger steps first
  std::vector<Remainder> remainders;  // that `returned` may name

  // What the last layer returns for one size of each of `sizes`; nothing where that leaves 64 bits.
  std::optional<Shape> returned_for(const std::vector<std::int64_t>& members) const;
};

struct Partition {
  std::vector<SizeClass> classes;  // no two share a member; together they have all
  LayerId mixed_by;        // a layer that returns a size which depends on two of the varied sizes, if known
  std::int64_t rules = 0;  // that were applied
  // Where some class is not known because no form says its sizes: the layer that makes them, or the number of
  // layers for what is expected; -1 where there are too many classes, and where all are known.
  int formless = -1;
  bool complete() const;
  bool all_right() const;  // also false where it is not complete
};

// What all partitions of one network build on. Who asks for several finds it once.
class PartitionBasis {
 public:
  // The spec outlives it and does not change.
  explicit PartitionBasis(const Spec& spec) : spec_(spec) {}

  struct Found {
    PerLayer<std::int64_t> wanted;  // outputs of each layer that are read, at least one
    std::vector<bool> mistyped;     // layers that refuse the element type they get, at every size
    // For each layer the nearest one before it that is like it in all but what it gets.
    PerLayer<LayerId> twins;
  };
  const Found& found() const;

 private:
  const Spec& spec_;
  mutable std::optional<Found> found_;  // when it is asked for
};

// Judges every combination of the varied sizes, all other sizes as declared. `ignored`: axes of what comes
// out that no expectation is held against. After `limit` shape rules the rest is not known.
Partition partition(const Spec& spec, const std::vector<VariedSize>& varied, const std::vector<int>& ignored,
                    std::int64_t limit, const PartitionBasis* basis = nullptr);

}  // namespace shapedbg
