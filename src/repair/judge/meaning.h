// What a repair does to the meaning of a network: the right size is not enough.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "meaning/walk.h"
#include "repair/candidate.h"

namespace shapedbg {

// Why a repair that runs and returns the right size is wrong. The first that holds is said.
enum class Harm : std::uint8_t {
  torn,            // A1 to A13: a flaw that was not there before (meaning.h)
  mixed,           //
  misread,         //
  crossed,         //
  drifting,        //
  shifted,         //
  samples,         //
  stretched,       //
  constant,        //
  twice,           //
  layout,          //
  turned,          //
  repeated,        //
  off_centre,      // what met exactly does not any more
  outside_block,   // a convolution whose windows lay within their own block sees beyond it
  inexact,         // a stage that multiplied sizes by its stride, about, makes up for another layer
  takes_all,       // a Slice that took a part takes everything
  resized_input,   // a resize of a tensor at the input's own resolution: what was resampled has to give way
  unread,          // nothing reads a tensor any more
  holes,           // outputs that no input reaches
  repeats_values,  // a merge stretches what it did not stretch before
  made_up,         // a Pad adds more than there is
  of_no_map,       // a resize of a map that was grown from a vector
  forgotten_skip,  // the channels that a layer lacks are those of a skip that is there
  other_axis,      // the features that a layer is built for lie in another axis
  twin,            // two equal layers one behind the other: both belong behind the first one's input
  depthwise,       // a depthwise convolution is one no more
  unseen,          // most weights of a kernel see nothing but padding
  blind,           // a kernel of several places becomes one of a single place
  skips,           // places of a map that no window reads any more
  thrown_away,     // much of the result is cut off
  warned,          // a warning of ours that was not there
};
struct HarmInfo {
  Harm harm;
  std::string_view id;       // "unread"
  std::string_view summary;  // behind "another network: "
  Doubt doubt;
};
const HarmInfo& info(Harm harm);
std::span<const HarmInfo> all_harms();

struct Harmed {
  Harm harm = Harm::torn;
  std::string text;  // one line, lower case: "`cat` joins along axis 0, the batch"
  // At a layer that stays as it is, behind what failed before: what it does was not seen then.
  bool behind = false;
};

// The network before a repair, walked once for all of its candidates.
class Before {
 public:
  Before(const Spec& spec, const Trace& trace);

  // What the repaired network does worse; `origin` has, for each of its layers, which it was before, or none.
  std::optional<Harmed> harm_of(const Spec& after, const Trace& trace, const PerLayer<LayerId>& origin) const;

 private:
  struct After;
  std::optional<Harmed> new_flaw(const After& after, const Meaning& meaning) const;
  std::optional<Harmed> off_centre(const After& after, const Meaning& meaning) const;
  std::optional<Harmed> other_windows(const After& after, const Meaning& meaning) const;
  std::optional<Harmed> other_cut(const After& after) const;
  std::optional<Harmed> other_reach(const After& after) const;
  std::optional<Harmed> other_rate(const After& after) const;
  std::optional<Harmed> other_norm(const After& after, const Meaning& meaning) const;
  std::optional<Harmed> along_the_batch(const After& after, const Meaning& meaning) const;
  std::optional<Harmed> counts_samples(const After& after, const Meaning& meaning) const;
  std::optional<Harmed> pools_padding(const After& after) const;
  std::optional<Harmed> takes_all(const After& after) const;
  std::optional<Harmed> takes_another(const After& after) const;
  static bool seen_as_one(const After& after, Ref ref, std::size_t axis);
  static std::optional<std::string> for_a_table(const After& after, const LayerSpec& put, const Shape& from,
                                                const Shape& to);
  std::optional<Harmed> put_in(const After& after, const Meaning& meaning) const;
  std::optional<Harmed> other_counts(const After& after) const;
  std::optional<std::size_t> features_at(std::size_t layer, std::size_t k, std::int64_t wanted) const;
  bool head_beside(const After& after, LayerId layer) const;
  std::optional<Harmed> unread(const After& after) const;
  std::vector<LayerId> mended_merges(const After& after) const;
  bool stretches_what_was_wrong(const After& after, LayerId at, const std::vector<LayerId>& mended) const;
  bool left_over(const After& after, Ref ref, std::size_t axis) const;
  std::optional<Harmed> repeats_values(const After& after) const;
  std::optional<Harmed> warned(const After& after) const;

  const Spec& spec_;
  const Trace& trace_;
  Meaning meaning_;
  std::vector<Trouble> troubles_;
  std::vector<Finding> warnings_;
};

}  // namespace shapedbg
