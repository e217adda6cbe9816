// The rules, one per file. Each looks at Spec and Trace and adds what it finds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "diagnose/diagnose.h"
#include "flow/meeting.h"
#include "flow/path.h"

namespace shapedbg {

// A refusal that follows from an earlier failure is no finding of its own, unless the options alone
// decide it.
bool independent(const LayerTrace& row, const Refusal& refusal);

Finding refused_layer(const Spec& spec, const Trace& trace, LayerId layer, const Refusal& refusal);  // L2xx
Finding merge_mismatch(const Spec& spec, const Trace& trace, Meetings& meetings, LayerId layer,
                       const Refusal& refusal);                              // L208
Finding memory_layout(const Spec& spec, const Trace& trace, LayerId layer);  // L220
Finding wrong_output(const Spec& spec, const Trace& trace, LayerId layer, const Expect& expect,
                     bool whole_network);  // R30x

// Whether a norm takes mean and variance of one value: per channel of an InstanceNorm or of a BatchNorm over
// a batch of one, per group of a GroupNorm.
bool normalises_one_value(const LayerSpec& layer, const Shape& x);

// What several rules say.
Location place_of(const LayerSpec& layer);           // what a caret under the layer marks
Location place_of(const LayerSpec& layer, Opt opt);  // the option's value where it is written
Related related(const LayerSpec& layer, std::string message);
Related related(const Spec& spec, Ref ref, std::string message);  // a layer or an input

// The layer or input that set the size of tensor axis `axis` of `ref`: what stands between passes it on.
Ref producer(const Spec& spec, const Trace& trace, Ref ref, std::size_t axis);
// The same, with the axis that it is there: a Permute may stand between.
struct Produced {
  Ref ref;
  std::size_t axis = 0;
};
Produced produced(const Spec& spec, const Trace& trace, Ref ref, std::size_t axis);
// "brings 32 of them: [1, 32, 8, 8]": what `part`, whose size along `axis` was set by `from`, gives to a
// merge.
std::string brings(const Spec& spec, Ref from, const Shape& part, std::size_t axis);
// Puts into a finding who that is, with the shape: behind a Flatten also who set what it took together, of a
// Concat what each input brings.
void tell_makers(const Spec& spec, const Trace& trace, Ref ref, std::size_t axis, Finding& f);

// The innermost level on the way to `ref` whose up layer did not give back what its down layer took.
std::optional<Level> broken_level(const Spec& spec, const Trace& trace, Ref ref, const Axis& axis);

// Puts the layers that keep sizes from ever meeting into a finding, the most striking as the one at fault;
// the finding keeps its own layer where the ways may just start from the wrong place.
void blame(const Spec& spec, const Trace& trace, const Suspects& suspects, const Axis& axis, Finding& f);

// The first Custom before layer `end` that does not return the size it takes though most of its label do.
std::optional<LayerId> misfit_of_its_label(const Spec& spec, const Trace& trace, LayerId end,
                                           const Axis& axis);
// Puts into a finding the layers that bring another size to a Custom than it was written for, nearest first;
// false where there are none.
bool blame_before(const Spec& spec, const Trace& trace, LayerId custom, const Axis& axis, Finding& f);

// "input 500, `pool1` 250, `pool2` 125": every change of size on the way to `end`.
std::string sizes_along(const Spec& spec, const Trace& trace, Ref end, const Axis& axis);

}  // namespace shapedbg
