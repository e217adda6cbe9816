// The mirror image of a chain: layers one after the other, without a fork or a merge between them.
#pragma once

#include <vector>

#include "mirror/work.h"

namespace shapedbg {

class MirrorChain : public MirrorWork {
 protected:
  using MirrorWork::MirrorWork;

  // From the work's tensor, which stands for what the chain returns, to one that stands for what it takes.
  // `fed`: weights stand in front of the chain in the encoder; else what is normalised or activated there is
  // the input. `branch`: it leads from a fork to a merge, whose other branches join it again.
  void walk(const std::vector<PathLayer>& path, bool fed, bool branch);

 private:
  struct Range {  // of places in the path, between two barriers
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  void in_trunk(const std::vector<Range>& between, bool fed);
  void in_branch(const std::vector<Range>& between, bool fed);

  // Layers that change no shape, in the encoder's order. `gated`: the weights in front have made room for
  // each GLU; else it is left out.
  void runs(Range range, bool gated);
  void undo_spatial(Range range);
  void spatial(const PathLayer& item);
  void slice(const PathLayer& item);
  void widened(const PathLayer& item);  // to the spatial size that the layer took
  LayerObject padding(const LayerSpec& one, Numbers pads);

  // A layer that changes channels or rank. With weights it makes room for the GLUs of `next`, the runs that
  // follow its mirror image; then true.
  bool barrier(std::size_t place, Range next);
  void weights(const PathLayer& item, std::int64_t out);
  void form(const PathLayer& item);
  // layers.cpp: one for each family that another layer undoes
  void pixel_shuffled(const PathLayer& item);
  void pixel_unshuffled(const PathLayer& item);
  void channel_shuffled(const PathLayer& item);
  void folded(const PathLayer& item);  // Fold, Unfold
  void unpooled(const PathLayer& item);
  void flattened(const PathLayer& item);
  void unflattened(const PathLayer& item);
  void reshaped(const PathLayer& item);
  void permuted(const PathLayer& item);
  void transposed_axes(const PathLayer& item);
  void squeezed(const PathLayer& item);
  void unsqueezed(const PathLayer& item);
  void reduced(const PathLayer& item);

  const LayerSpec& layer(std::size_t place) const { return spec_.layer((*path_)[place].layer); }
  // The axis of what the layer takes that weights in front of it count.
  std::size_t channel_axis(std::size_t place) const;

  const std::vector<PathLayer>* path_ = nullptr;
};

}  // namespace shapedbg
