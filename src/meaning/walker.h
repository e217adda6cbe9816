// The walk's state, and one function per family of layers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "infer/infer.h"
#include "meaning/meaning.h"

namespace shapedbg {

class Walker {
 public:
  // `inputs`: the shapes that `trace` is of. `channel_axis`: of the first input.
  Walker(const Spec& spec, const Trace& trace, const std::vector<Shape>& inputs, int channel_axis);

  Meaning run();
  // The axis of the first input that is first used as channels; 1 where none is.
  int used_as_channels() const { return used_as_channels_ < 0 ? 1 : used_as_channels_; }

 private:
  using Tensor = TensorMeaning;

  // Two inputs that meet along an axis of what a layer returns; number of layers: the output, which meets
  // what is expected.
  struct Meet {
    std::size_t layer = 0;
    std::size_t axis = 0;
    std::size_t input = 0;
    std::size_t other = 0;
  };

  // walk_inputs.cpp
  void add_inputs();
  bool without_batch(int input) const;
  bool is_table(int input) const;
  bool has_features_last(int input) const;
  int convolved_as_channels(int input) const;
  bool is_text(int input) const;

  // walk.cpp
  void walk_layer(std::size_t i);
  void walk_family(std::size_t i);
  void read_output();
  void read_output_axis(const Tensor& out, std::size_t k, std::int64_t n, double scale);
  void turned_map(const Tensor& out);
  void constant_output();
  bool reaches_output(std::size_t i) const;

  // walk_windows.cpp
  bool is_left_of_many(const AxisMeaning& axis) const;
  void conv(std::size_t i);
  void pool(std::size_t i);
  void unpool(std::size_t i);
  void upsample(std::size_t i);
  void grid_sample(std::size_t i);
  void pixels(std::size_t i);
  void unfold(std::size_t i);
  void fold(std::size_t i);
  bool treats_axes_alike(std::size_t but) const;
  bool treats_sides_unlike(const LayerSpec& one) const;

  // walk_cuts.cpp
  void pad(std::size_t i);
  void crop(std::size_t i);
  void slice(std::size_t i);
  void moves_a_sequence(const AxisMeaning& axis);
  std::vector<std::int64_t> pads_of(std::size_t i) const;
  struct Ends {
    std::int64_t front = 0;
    std::int64_t behind = 0;
  };
  Ends cut_before(Ref ref, std::size_t axis) const;
  bool cut_against_each_other(const Meet& at) const;

  // walk_regroup.cpp
  void regrouped(std::size_t i);
  std::vector<std::size_t> restore(const Shape& from, std::vector<AxisDigits>& axes) const;
  void build_torn(std::size_t i, const Torn& torn, std::vector<AxisMeaning>& built);
  void tell_torn(std::size_t i, const Torn& torn);
  bool skews(std::size_t i) const;
  std::optional<Mixture> rows_for_channels(std::size_t i, const std::vector<AxisDigits>& axes,
                                           const Regrouped& result) const;
  void leaves_heads(std::size_t i, const Regrouped& result);
  void cuts_moved_row(std::size_t i, const std::vector<AxisDigits>& axes, Regrouped& result);
  void move_rows(const AxisMeaning& made_of, const Digit& row, Rational off, Regrouped& result);
  std::optional<Mixture> exchanges_sizes(std::size_t i) const;
  void tell_mixed(std::size_t i, const Mixture& mixture);
  std::string spoken(Digit digit);

  // walk_axes.cpp
  void reordered(std::size_t i);
  void reduced(std::size_t i);
  void stacked(std::size_t i);
  AxisMeaning one_not_moved(std::size_t i, std::size_t k) const;
  bool alike_in_all(std::size_t i, std::size_t k) const;
  void parts(std::size_t i);        // Chunk, Split, GLU
  void taken_apart(std::size_t i);  // Unbind, Select
  std::optional<AxisMeaning> expanded_as(std::size_t i, std::size_t k) const;
  bool holds_places(const AxisMeaning& axis) const;
  void repeated(std::size_t i);     // Expand, Repeat
  void transformed(std::size_t i);  // Fourier transforms
  void custom(std::size_t i);
  void turned_over(std::size_t i);  // Flip, Roll
  AxisMeaning rolled(std::size_t i, const Tensor& tensor, std::size_t k, std::int64_t by);
  void gathered(std::size_t i);  // Gather, TopK, Sort

  // walk_sums.cpp
  void dense(std::size_t i);  // Linear, Bilinear, Embedding
  void matmul(std::size_t i);
  void contract(std::size_t i, std::size_t a, std::size_t k, std::size_t b, std::size_t l);
  void scores_features(std::size_t i, std::size_t a, std::size_t k, std::size_t b, std::size_t l);
  bool are_scores(Ref at) const;
  bool is_parameter(Ref at) const;
  bool are_weights(std::size_t i, std::size_t input, std::size_t k) const;
  bool becomes_weights(std::size_t i) const;
  void meet_in_front(std::size_t i, std::size_t b);
  bool made_for_each(std::size_t softmax, std::size_t over, std::size_t k) const;
  void weighs(std::size_t i, std::size_t input, std::size_t contracted);
  bool beside_another_axis(const Tensor& x) const;
  bool comes_from_softmax(Ref at) const;
  LayerId softmax_behind(Ref at) const;
  void sums_weighed(std::size_t i, const std::vector<char>& drop);
  bool shares_elsewhere(std::size_t softmax, std::size_t over, std::size_t k, Ref weighed) const;
  bool runs_along_samples(std::size_t i, const Tensor& x, std::size_t places) const;
  bool brings_features_last(const Tensor& x) const;
  bool is_head_of(const Tensor& values, std::size_t k) const;
  void places_are_samples(std::size_t i, std::size_t places);
  void runs_along_known_samples();
  void has_samples_first(const Tensor& tensor);
  void takes_places(std::size_t i, std::size_t axis);
  void sequence(std::size_t i);  // recurrent layers, attention
  void last_states(std::size_t i, std::size_t samples);

  // walk_kept.cpp
  void kept(std::size_t i);  // norms, activations, softmax
  void softmax(std::size_t i);
  bool is_summed_over(std::size_t i, std::size_t k) const;
  std::size_t axis_behind(std::size_t i, std::size_t k) const;
  bool weighs_one_place(std::size_t i) const;
  void normalised(std::size_t i);
  void normalises_tokens(std::size_t i);
  bool holds_features(const AxisMeaning& axis) const;

  // walk_merges.cpp
  void concat(std::size_t i);
  std::size_t one_that_is_known(std::size_t i, std::size_t k) const;
  void elementwise(std::size_t i);
  bool adds_alike(std::size_t i);
  AxisMeaning merged_axis(std::size_t i, std::size_t k);
  struct Taking {
    std::size_t input = 0;
    std::size_t axis = 0;
  };
  void spread(std::size_t i, std::size_t input, std::size_t k, const AxisMeaning& axis);
  void exchanged(std::size_t i);
  void summed_over_places(std::size_t i);
  Ref turned_from(Ref ref) const;
  bool turns_its_copies(std::size_t i) const;
  int grown_from(const Atom& atom) const;
  AxisMeaning between(const AxisMeaning& axis, const Reading& one, const Reading& other);
  void same_twice(std::size_t i);
  void join_samples(std::size_t i, std::size_t dim);
  bool takes_apart(std::size_t i, std::int64_t parts) const;
  void join_crossed(std::size_t i, std::size_t dim);
  void stack_crossed(std::size_t i);
  void join_repeated(std::size_t i, std::size_t dim, std::span<const Reading> parts);
  void join_positions(std::size_t i, std::size_t dim, std::int64_t n);
  bool holds_channels_alone(const AxisMeaning& axis) const;

  // walk_parts.cpp
  std::optional<Ref> joins_its_parts(std::size_t i, std::size_t dim) const;
  std::optional<Ref> joins_its_copies(std::size_t i, std::size_t dim) const;
  void moves_its_parts(std::size_t i, std::size_t dim, Ref whole);
  struct Piece {
    std::int64_t start = 0;
    std::int64_t size = 0;
    std::size_t layer = 0;
  };
  void pieces_cover();
  void tell_gap(std::size_t axis, std::vector<Piece> pieces);
  struct Around {
    Ref whole;
    std::size_t dim = 0;
    std::int64_t front = 0;  // places laid in front of it, less those cut there
  };
  std::optional<Around> laid_around(std::size_t i) const;

  // walk_compare.cpp
  struct Side {
    const Tensor& tensor;
    std::size_t axis = 0;
  };
  // Where `at.input` brings `a` and `at.other` brings `b`, both of size `n`.
  void compare(const Meet& at, Side a, Side b, std::int64_t n);
  bool compare_roots(const Meet& at, Side a, Side b, const Reading& x, const Reading& y, std::int64_t n);
  std::optional<std::size_t> lie_in_one_place(std::size_t i, std::size_t axis, std::int64_t n);
  std::optional<Flaw> clash(Side a, Side b, const Reading& x, const Reading& y) const;
  void compare_digits(const Meet& at, std::span<const Digit> a, std::span<const Digit> b);
  bool holds_root(const Tensor& tensor, int root) const;
  bool holds_roots(const Tensor& tensor, std::span<const Digit> places) const;
  std::vector<int> roots_in(std::span<const Digit> digits) const;
  std::vector<int> all_roots_in(std::span<const Digit> digits) const;
  bool holds_another(Side side, Side beside, int root) const;
  bool holds_whole(Side side, std::span<const Digit> piece) const;
  bool exchanges_blocks(Side a, Side b) const;
  bool no_places(Side places, Side met) const;
  bool holds_beside(Side side, int root) const;
  const Root* input_along(const Tensor& tensor, std::size_t k) const;
  bool turns_another_input(Side a, Side b) const;
  bool unfolded_for_each(Side within, Side features) const;
  bool features_of_frames(Side within, Side features, const Reading& reading) const;
  bool same_map(const Root& one, const Root& other) const;
  bool features_for_places(Side places, Side met) const;
  bool holds_digits(const Tensor& tensor, std::span<const Digit> digits, std::size_t but) const;
  bool in_another_order(const Tensor& x, std::span<const Digit> a, const Tensor& y,
                        std::span<const Digit> b) const;

  // walk_places.cpp
  void compare_places(const Meet& at, const Reading& a, const Reading& b, std::int64_t n);
  int speaks_for_a_difference(const Meet& at, const Reading& a, const Reading& b, const Distance& d) const;
  bool symmetric(int root) const;
  std::int64_t moved_alone(const Meet& at) const;
  bool is_step_of_another(const Meet& at, Ref moved, std::int64_t by) const;
  bool moves_in_a_square(const Meet& at) const;

  // walk_distances.cpp
  // One product or difference of copies of two tensors: how far each was moved, of the last axis first, and
  // the first less the second.
  struct Compared {
    std::size_t layer = 0;
    std::array<std::vector<std::int64_t>, 2> by;
    std::vector<std::int64_t> between;
  };
  void compares_at_distances();
  void tell_odd_distance(std::span<const Compared> family);

  // walk_neighbours.cpp
  struct Copy {
    Ref home;
    std::vector<std::int64_t> by;  // places put in front less those cut there, of the last axis first
  };
  Copy copied_from(Ref ref) const;
  // A merge that takes a copy of a tensor.
  struct Use {
    std::size_t layer = 0;
    Ref ref;
    std::vector<std::int64_t> by;
  };
  void note_uses();
  const std::vector<Use>& uses_of(Ref home) const;
  int stems_from(Ref ref) const;
  std::int64_t moves_along(Ref ref, std::size_t axis) const;
  bool is_moved(Ref ref) const;
  bool is_merge(const Meet& at) const;
  bool delays_elsewhere(const Meet& at) const;
  bool neighbours_of_one(const Meet& at) const;
  bool in_balance(std::size_t i) const;
  bool drawn_in_order(const Meet& at) const;
  bool is_difference(Ref ref) const;
  bool both_look_back(const Meet& at) const;
  bool moved_both_ways(const Meet& at) const;
  bool looks_at_another_block(const Meet& at) const;
  bool hands_on_a_state(const Meet& at) const;
  bool meets_the_step_before(const Meet& at) const;

  // What a layer has.
  const LayerSpec& layer(std::size_t i) const { return spec_.layers[i]; }
  const LayerSpec& layer(LayerId id) const { return spec_.layers[id]; }
  const Tensor& in(std::size_t i, std::size_t k = 0) const { return m_.of(layer(i).inputs[k]); }
  const Shape& in_shape(std::size_t i, std::size_t k = 0) const { return trace_.layers[i].inputs[k]; }
  const Shape& out_shape(std::size_t i, std::size_t k = 0) const { return trace_.layers[i].outputs[k]; }

  // Building a tensor axis by axis.
  AxisMeaning of_atom(Atom atom);
  AxisMeaning of_digits(const AxisDigits& digits);
  AxisMeaning features(std::int64_t size, int layer, bool learned);
  AxisMeaning unknown(std::int64_t size, int tear = -1);
  AxisMeaning positions(std::int64_t size, int root, const Alignment& place, bool one_of_many = false);
  AxisMeaning seeded(std::int64_t size, std::size_t layer, std::size_t axis);
  bool holds_known_channels(const AxisMeaning& axis) const;
  bool is_row_of_pieces(const AxisMeaning& axis) const;
  int run_of(std::size_t i, std::size_t k, const AxisMeaning& axis);
  bool as_run(Reading& reading, int root, const AxisMeaning& axis) const;
  int root(Root::Kind kind, int index, int axis);
  void put(AxisMeaning axis) { building_.push_back(axis); }
  void keep(const Tensor& tensor, std::size_t k) { building_.push_back(m_.axis(tensor, k)); }
  void finish(std::uint64_t value);  // the tensor becomes the layer's next output
  int atom_of(const AxisMeaning& axis) const;
  bool all_learned(const AxisMeaning& axis) const;
  bool is_batch(const AxisMeaning& axis) const;
  bool holds_samples(const AxisMeaning& axis) const;
  // An axis behind a window, resize or pad that moves places by `move`; `convolves`: one made of several.
  template <class Move>
  AxisMeaning moved(std::size_t i, const Tensor& tensor, std::size_t k, std::int64_t n, bool convolves,
                    Move&& move);
  // A part of an axis from `start` on, every `step`th; `middle`: as much was cut in front as behind.
  AxisMeaning part(std::size_t i, const Tensor& tensor, std::size_t k, std::int64_t n, std::int64_t start,
                   std::int64_t step, bool middle = false);
  bool comes_from_first(std::size_t i) const;
  bool merges_tokens(std::span<const Digit> digits) const;
  void reads_channels(std::size_t i, const Tensor& tensor, std::size_t k);
  void reads_tokens(std::size_t i, const Tensor& tensor, std::size_t k);
  void reads_pieces(std::size_t i, const Tensor& tensor, std::size_t channels);
  void looks_to_both_sides(const Tensor& tensor, std::size_t k);
  void looks_back_along_one(std::size_t i, const Tensor& tensor, std::span<const std::int64_t> pads);
  void pads_on_other_sides(std::size_t i, const Tensor& tensor, std::span<const std::int64_t> pads);
  bool square(const Tensor& tensor, std::size_t a, std::size_t b) const;
  bool in_front_of_a_square_window(std::size_t pad, std::int64_t reach) const;
  void reads_samples(std::size_t i, const Tensor& tensor, std::size_t k);
  void slides_over_channels(std::size_t i, const Tensor& tensor, std::size_t k);
  bool stays_within_rows(std::size_t i, const Tensor& tensor, std::size_t k) const;
  void misread(std::size_t i, const Tensor& tensor, std::size_t k, const Reading& reading);

  std::uint64_t value_of(std::size_t i) const;
  void flaw(Flaw flaw, std::size_t layer, std::size_t axis, std::string text, int input = -1);

  const Spec& spec_;
  const Trace& trace_;
  const std::vector<Shape>& shapes_;
  Meaning m_;
  int used_as_channels_ = -1;
  PerLayer<char> from_first_;  // by layer: the first input reaches it
  bool cuts_ = false;          // some layer is a slice: only then it matters which tensors have equal values
  using Home = std::pair<int, int>;  // layer and output
  std::map<Home, std::vector<Use>> uses_;
  // How often a copy that is moved so stands beside one that is moved otherwise.
  std::map<std::pair<Home, std::vector<std::int64_t>>, std::size_t> apart_;
  bool moves_ = false;              // some layer cuts places away
  bool batch_is_first_ = false;     // a layer has read axis 0 as samples: it is not L,N,features
  std::vector<int> first_samples_;  // their atoms
  struct Along {
    std::size_t layer = 0;
    std::size_t places = 0;
    int atom = -1;
  };
  std::vector<Along> along_samples_;  // places are samples, if a layer behind says that axis 0 is no time
  std::vector<AxisMeaning> building_;
  std::vector<Taking> taking_;  // of merged_axis(), which is asked for each axis of each sum
  // The Concat and its axis, by the atom of the new axis: a Slice takes it apart again.
  struct Joined {
    std::size_t layer = 0;
    std::size_t axis = 0;
  };
  std::map<int, Joined> joined_;
  struct Part {
    std::int64_t start = 0;
    std::int64_t size = 0;
    AxisMeaning axis;
  };
  void note_joined(std::size_t i, std::size_t dim);
  std::vector<Part> parts_of(int mark) const;
  std::optional<AxisMeaning> part_across(std::size_t i, std::size_t k, const std::vector<Part>& parts,
                                         std::int64_t n, std::int64_t start);
  // What a Roll or Flip moved, by the atom of the new axis: the way back restores it.
  struct Rolled {
    AxisMeaning axis;
    std::int64_t by = 0;
    bool flipped = false;
    bool back = false;  // rolled a second time, and not to where it was
  };
  std::map<int, Rolled> rolled_;
  bool comes_back_elsewhere(const AxisMeaning& rolled, const AxisMeaning& home) const;
  // Axes of several axes' places, one behind the other, that were cut or padded as one row: what they are
  // made of, by the root of the row.
  std::map<int, AxisMeaning> runs_;
};

std::uint64_t mixed_hash(std::uint64_t a, std::uint64_t b);

template <class Move>
AxisMeaning Walker::moved(std::size_t i, const Tensor& tensor, std::size_t k, std::int64_t n, bool convolves,
                          Move&& move) {
  const AxisMeaning axis = m_.axis(tensor, k);
  const auto digits = m_.digits_of(axis);
  // As nearly everywhere, all places of one root: what read_positions() would say, without a copy of it.
  if (digits.size() == 1 && m_.atom(digits[0]).kind == AtomKind::position && is_whole(digits[0], m_.atoms)) {
    const Atom& atom = m_.atom(digits[0]);
    const int root = atom.root;
    const Alignment place = move(m_.places[static_cast<std::size_t>(atom.place)]);
    return place.known() ? positions(n, root, place, convolves) : seeded(n, i, k);
  }
  Reading reading = read_positions(m_, digits);
  if (reading.kind == Reading::Kind::single) {
    if (axis.mark < 0) return n == 1 ? axis : seeded(n, i, k);
    const Atom one = m_.atoms[static_cast<std::size_t>(axis.mark)];
    if (one.kind != AtomKind::position) return n == 1 ? axis : seeded(n, i, k);
    reading = {Reading::Kind::place, one.root, m_.places[static_cast<std::size_t>(one.place)]};
    return positions(n, reading.root, move(reading.place), n == 1 && one.one_of_many);
  }
  if (reading.kind != Reading::Kind::place) {
    // A mean over all of an axis is the same in any order.
    if (n == 1 && layer(i).info().family == Family::adaptive_pool) return {};
    misread(i, tensor, k, reading);
    const AxisMeaning seed = seeded(n, i, k);
    // One sample stands in front of what were samples: x[None] of the frames of a clip.
    if (reading.kind == Reading::Kind::batch && k > 1 && in_shape(i)[0] == 1)
      for (const Digit& digit : m_.digits_of(seed))
        m_.roots[static_cast<std::size_t>(m_.atom(digit).root)].frames = true;
    return seed;
  }
  const Alignment place = move(reading.place);
  return place.known() ? positions(n, reading.root, place, convolves) : seeded(n, i, k);
}

}  // namespace shapedbg
