// Where two ways through a network must bring the same size, and which layers between them decide that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flow/path.h"

namespace shapedbg {

// Two ways from a tensor that both know: the layers that each runs through, in running order. A way goes
// past an inner merge over its skip, since that merge answers for what it holds.
struct Meeting {
  LayerId layer;              // the merge; the last layer where the network must give back its input
  std::vector<LayerId> main;  // the longer way, through the bottleneck
  std::vector<LayerId> skip;  // the other; empty for a plain skip, and at the end of a network
};
// Nothing when `layer` takes fewer than two tensors that bring a size (a gate of 1x1 brings none) and is not
// the last of a network that is to return its input's size.
std::optional<Meeting> meeting_at(const Spec& spec, const Trace& trace, LayerId layer);

// The first meeting from layer `from` on whose sizes differ along `axis` for every input size that is tried:
// no other input would help, so the options of its layers are wrong. It tries enough sizes around the spec's
// own to see each remainder that the strides can leave.
std::optional<Meeting> never_met(const Spec& spec, const Trace& trace, LayerId from, const Axis& axis);

// The same for several layers of one network, in running order: what is tried is tried once.
class Meetings {
 public:
  Meetings(const Spec& spec, const Trace& trace) : spec_(spec), trace_(trace) {}
  std::optional<Meeting> never_met(LayerId from, const Axis& axis);

 private:
  struct Answer {
    int axis = -1;
    LayerId from{0};
    std::vector<LayerId> never;  // the layers where ways meet, from there on
  };
  const Spec& spec_;
  const Trace& trace_;
  PerLayer<int> depths_;  // found at the first question
  std::vector<Answer> answers_;
};

// The layers of a meeting that explain why its sizes never fit, the most striking first.
struct Suspects {
  std::vector<LayerId> layers;
  std::string story;  // "down `down1` by 3, up `up1` by 2"
  bool pairs =
      false;  // neither strides nor single layers: kernels and paddings of layers that undo each other
  bool certain = false;  // the first of them stands out by its own numbers
  bool uneven = false;   // more layers go down than up, or less: the other way may start from the wrong layer
};
// Strides that do not undo each other; else layers that change the size and undo nothing; else the pair
// whose paddings and kernels do not agree. Nothing when no layer of the meeting changes the size.
std::optional<Suspects> suspects_of(const Spec& spec, const Trace& trace, const Meeting& meeting,
                                    const Axis& axis);

// A Crop right in front of another merge, in a network where nothing right in front of `merge` cuts: the one
// of the author's skips that is cut. Nothing where there is none.
std::optional<LayerId> cut_at_another_merge(const Spec& spec, LayerId merge);

// By how much `large` exceeds `small` along every axis behind the second; 0 where that is no one factor.
std::int64_t factor_between(const Shape& large, const Shape& small);

}  // namespace shapedbg
