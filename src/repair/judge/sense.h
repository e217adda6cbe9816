// What no expert would do, seen in the network before and after a change: the criterion of candidate.h.
#pragma once

#include <vector>

#include "infer/infer.h"
#include "net/spec.h"
#include "rules/rules.h"

namespace shapedbg {

// A layer that undoes a downsampling returns another size than went into it, and nothing right behind it
// makes that good: no Crop or Pad, and no merge with the tensor that went in, cropped to fit. `touched`: the
// last layer that was changed, where a vector behind it parts the levels: these then need not be mirrored.
bool leaves_a_level(const Spec& spec, const Trace& trace, LayerId touched = LayerId());

// How many places at the end a Slice right behind a convolution of a signal, padded alike on both sides,
// leaves out; 0 where none does.
std::int64_t cut_behind(const Spec& spec, std::size_t index);
// Padded by all that it reaches, and a Slice right behind it leaves as many places out at the end: causal.
bool cut_to_causal(const Spec& spec, std::size_t index, const Window& window);
// The same by a Pad in front, as long as the kernel reaches, on that side alone.
bool padded_to_causal(const Spec& spec, LayerId index);

// A kernel shorter than its stride: of places between its windows nothing is read, or nothing made. A kernel
// of 1 is a shortcut that steps.
inline bool leaves_gaps(const Window& w) { return w.reach() + 1 < w.s && w.k > 1; }

// A convolution and a transposed one of the same steps and windows: each place comes back to where it was.
bool undo_each_other(const Window& a, const Window& b);

// A window that the change turned into one that nobody would write. Of a convolution or pool: other padding
// beyond half the kernel, where windows at the border see more padding than map (unless a convolution undoes
// another one that way), or a kernel shorter than its stride, or a pool over one value; or one that cut the
// map into patches and does so no longer. Of a transposed
// convolution: holes between its windows, or so much padding that it throws away the border of what it
// computed. Of both: a stride that nothing else in the network goes up or down by, and a square kernel or
// stride made uneven. `origin` has, for each layer of `after`, its index in `before`,
// or none.
bool spoils_a_window(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin);

// A Concat of channels is told to join places, though what reads it counts the channels of all, or convolves
// them.
bool joins_places(const Spec& before, const Trace& was, const Spec& after, const PerLayer<LayerId>& origin);

// A map too small for a window was padded until the window fits, in a network that pads no other such layer:
// the map has to be larger. `was` is the trace of `before`.
bool fills_a_small_map(const Spec& before, const Spec& after, const Trace& was,
                       const PerLayer<LayerId>& origin);

// A Pad that takes away where it took nothing away, or whose numbers make a third of an axis more or less:
// `was` is the trace of `before`.
bool cuts_too_much(const Spec& before, const Spec& after, const Trace& was, const PerLayer<LayerId>& origin);

// Other convolutions between as many channels as layer `at` have a kernel of 1 there, and none has `kernel`,
// which that layer had; or its map was pooled to one place.
bool likes_see_one_place(const Spec& spec, const Trace& trace, std::size_t at, int axis, std::int64_t kernel,
                         const Spec& before, const PerLayer<LayerId>& origin);

// One of several convolutions with other holes each, padded now by just what it takes: as the others it keeps
// its map, however small that is. `was`: its window before.
bool pads_a_pyramid(const Spec& after, std::size_t index, int axis, const Window& was);

// A changed window that sees nothing but the border of what it had: padding as wide as the map, or a
// convolution of several places that is left with one, where the map has more; or one that kept the map and
// now steps as no other of its kernel does. `trace` is that of `after`.
bool loses_its_window(const Spec& before, const Spec& after, const Trace& trace,
                      const PerLayer<LayerId>& origin);

// A Reshape that kept the first axes of its tensor (the channels), as far as its shape repeats their sizes,
// does so no longer.
bool breaks_a_kept_axis(const Spec& before, const Trace& was, const Trace& is,
                        const PerLayer<LayerId>& origin);

// The numbers of height and width exchanged in some option of a layer, and no other number in it changed.
bool exchanges_axes(const LayerSpec& was, const LayerSpec& is);

// A convolution (with the Pad in front of it) that kept its map and changes it now; or a stage that misses
// the factor of its stride now, beside one that missed it all along: numbers that only make up for another
// layer.
bool makes_up_for_another(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin);

// One of several steps that one statement of the author's program makes has other options now, and another
// has not: a resize in a loop is one line.
bool splits_a_statement(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin);

// Where nothing goes down, a stage that multiplied by just its stride and does so no longer.
bool multiplies_no_longer(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin);

// Padding that grew beyond the kernel: some windows then see nothing of the map. No repair at all.
bool looks_past_the_map(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin);

// A reduction that takes the samples of a batch together now, or a Linear whose features became a single one:
// it works on another axis than it was written for.
bool works_on_another_axis(const Spec& before, const Spec& after, const Trace& was, const Trace& is,
                           const PerLayer<LayerId>& origin);

// What runs now, and is not meant all the same: a merge that stretches a size of 1 along a spatial axis, a
// reshape that makes rows of parts of a sample, a pool larger than its map. Only layers that did not run in
// `before`.
bool runs_by_accident(const Spec& after, const Trace& trace, const Trace& before,
                      const PerLayer<LayerId>& origin);

}  // namespace shapedbg
