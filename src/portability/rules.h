// The rules behind the table of facts: which layers are concerned, and what the target makes of them.
#pragma once

#include "portability/facts.h"

namespace shapedbg {

// The target refuses the layer, whatever the size. `why` as There::why.
There refused(std::string why);

// The layer that makes the only input of layer `i`; -1 where it has several inputs or an input of the
// network.
LayerId only_layer_before(const Spec& spec, LayerId i);

// Axes of the layer's output that are of another size where a free size of the network is.
std::vector<bool> free_axes(const LayerView& view);

std::optional<There> resized_in_single(const LayerView& view);
std::optional<There> resized_with_margin(const LayerView& view);
std::optional<There> three_axes_kept(const LayerView& view);
std::optional<There> cut_to_multiple(const LayerView& view);
std::optional<There> multiples_alone(const LayerView& view);
std::optional<There> computed_numbers(const LayerView& view);
std::optional<There> cut_as_in_example(const LayerView& view);
std::optional<There> last_window_kept(const LayerView& view);
std::optional<There> last_window_of_maximum_kept(const LayerView& view);
std::optional<There> last_window_without_padding_kept(const LayerView& view);
std::optional<There> last_window_as_in_example(const LayerView& view);
std::optional<There> adaptive_kernel_kept(const LayerView& view);
std::optional<There> output_padding_of_the_stride(const LayerView& view);
std::optional<There> output_padding_of_the_example(const LayerView& view);
std::optional<There> unpool_refused(const LayerView& view);
std::optional<There> cpp_same_exchanged(const LayerView& view);
std::optional<There> cpp_output_size(const LayerView& view);
std::optional<There> mlx_padding(const LayerView& view);
std::optional<There> keras_transposed(const LayerView& view);
std::optional<There> lax_transposed(const LayerView& view);
std::optional<There> coreml_output_padding(const LayerView& view);
std::optional<There> not_in_coreml(const LayerView& view);
std::optional<There> not_in_executorch(const LayerView& view);
std::optional<There> not_in_opencv(const LayerView& view);
std::optional<There> not_in_tvm(const LayerView& view);
std::optional<There> not_in_tract(const LayerView& view);
std::optional<There> no_wrapping_pad(const LayerView& view);
std::optional<There> length_of_the_example(const LayerView& view);
std::optional<There> rank_not_known(const LayerView& view);
std::optional<There> normalized_shape_not_known(const LayerView& view);
std::optional<There> mean_of_all_axes(const LayerView& view);
std::optional<There> unrolled_for_the_example(const LayerView& view);
std::optional<There> free_slice_dropped(const LayerView& view);
std::optional<There> stepped_slice_refused(const LayerView& view);
std::optional<There> not_in_ncnn(const LayerView& view);
std::optional<There> repeats_of_other_axes(const LayerView& view);
std::optional<There> not_a_transposed_window(const LayerView& view);
std::optional<There> not_in_litert(const LayerView& view);
std::optional<There> not_by_the_older_exporter(const LayerView& view);
std::optional<There> not_in_onnx2torch(const LayerView& view);
std::optional<There> one_as_in_example(const LayerView& view);
std::optional<There> python_keyword(const LayerView& view);
std::optional<There> torchscript_keyword(const LayerView& view);

// Other options for the same size: see Fact::moves.
std::vector<Moves> sizes_for_factor(const LayerView& view);
std::vector<Moves> without_ceil_mode(const LayerView& view);
std::vector<Moves> less_output_padding(const LayerView& view);
std::vector<Moves> output_padding_for_size_like(const LayerView& view);
std::vector<Moves> numbers_for_same(const LayerView& view);

}  // namespace shapedbg
