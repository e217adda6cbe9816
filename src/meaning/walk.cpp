#include "meaning/walk.h"

#include <algorithm>
#include <cmath>

#include "infer/period.h"
#include "meaning/walker.h"
#include "net/facts.h"

namespace shapedbg {

std::uint64_t mixed_hash(std::uint64_t a, std::uint64_t b) {
  std::uint64_t h = a ^ (b + UINT64_C(0x9e3779b97f4a7c15) + (a << 6) + (a >> 2));
  h ^= h >> 31;
  h *= UINT64_C(0xbf58476d1ce4e5b9);
  return h ^ (h >> 29);
}

namespace {

// A Pad that takes places away, as one that moves a tensor does.
bool cuts_by_padding(const LayerSpec& one) {
  const Family family = one.info().family;
  if (one.broken || (family != Family::pad && family != Family::free_pad) || !one.has(Opt::padding))
    return false;
  const auto& pads = one.integers(Opt::padding);
  return std::any_of(pads.begin(), pads.end(), [](std::int64_t n) { return n < 0; });
}

}  // namespace

Walker::Walker(const Spec& spec, const Trace& trace, const std::vector<Shape>& inputs, int channel_axis)
    : spec_(spec), trace_(trace), shapes_(inputs) {
  m_.channel_axis = channel_axis;
  m_.first_output.reserve(spec.layers.size() + 1);
  m_.outputs.reserve(spec.layers.size());
  m_.places.reserve(spec.layers.size());
  m_.axes.reserve(spec.layers.size() * 2);
  m_.atoms.reserve(spec.layers.size() * 2);
  m_.digits.reserve(spec.layers.size() * 2);
  from_first_.reserve(spec.layers.size());
  for (const LayerSpec& layer : spec.layers) {
    const Family family = layer.info().family;
    cuts_ = cuts_ || family == Family::slice || family == Family::along_axes;
    moves_ = moves_ || family == Family::slice || cuts_by_padding(layer);
  }
}

void Walker::flaw(Flaw flaw, std::size_t layer, std::size_t axis, std::string text, int input) {
  constexpr std::size_t most = 1000;
  if (m_.troubles.size() >= most) return;
  m_.troubles.push_back({flaw, LayerId(layer), static_cast<int>(axis), input, std::move(text)});
}

int Walker::root(Root::Kind kind, int index, int axis) {
  m_.roots.push_back({kind, index, axis});
  return static_cast<int>(m_.roots.size()) - 1;
}

AxisMeaning Walker::of_atom(Atom atom) {
  m_.atoms.push_back(atom);
  const int index = static_cast<int>(m_.atoms.size()) - 1;
  AxisMeaning axis;
  axis.mark = index;
  axis.first = static_cast<int>(m_.digits.size());
  if (atom.size == 1) return axis;
  m_.digits.push_back({index, 1, atom.size});
  axis.count = 1;
  return axis;
}

AxisMeaning Walker::of_digits(const AxisDigits& digits) {
  AxisMeaning axis;
  axis.first = static_cast<int>(m_.digits.size());
  axis.count = static_cast<int>(digits.size());
  m_.digits.insert(m_.digits.end(), digits.begin(), digits.end());
  return axis;
}

AxisMeaning Walker::features(std::int64_t size, int layer, bool learned) {
  if (size == 1) return {};
  return of_atom({.kind = AtomKind::channel,
                  .size = size,
                  .root = root(Root::Kind::layer, layer, -1),
                  .learned = learned});
}

AxisMeaning Walker::unknown(std::int64_t size, int tear) {
  if (size == 1) return {};
  return of_atom({.kind = AtomKind::unknown, .size = size, .tear = tear});
}

AxisMeaning Walker::positions(std::int64_t size, int root, const Alignment& place, bool one_of_many) {
  // A row of tokens that lies where it lay, whole again, is what it was made of.
  if (const auto row = runs_.find(root); row != runs_.end() && place.step == 1 && place.offset == 0) {
    std::int64_t whole = 1;
    for (const Digit& digit : m_.digits_of(row->second)) whole *= digit.size;
    if (whole == size) return row->second;
  }
  // Height and width of most maps lie alike, and are asked for one behind the other.
  if (m_.places.empty() || m_.places.back() != place) m_.places.push_back(place);
  return of_atom({.kind = AtomKind::position,
                  .size = size,
                  .root = root,
                  .place = static_cast<int>(m_.places.size()) - 1,
                  .one_of_many = one_of_many && size == 1});
}

AxisMeaning Walker::seeded(std::int64_t size, std::size_t layer, std::size_t axis) {
  if (size == 1) return {};
  return positions(size, root(Root::Kind::seed, static_cast<int>(layer), static_cast<int>(axis)),
                   Alignment{});
}

bool Walker::all_learned(const AxisMeaning& axis) const {
  const auto digits = m_.digits_of(axis);
  return std::all_of(digits.begin(), digits.end(),
                     [&](const Digit& digit) { return m_.atom(digit).learned; });
}

bool Walker::is_batch(const AxisMeaning& axis) const {
  if (axis.count == 0)
    return axis.mark >= 0 && m_.atoms[static_cast<std::size_t>(axis.mark)].kind == AtomKind::batch;
  return axis.count == 1 && m_.atom(m_.digits_of(axis)[0]).kind == AtomKind::batch;
}

bool Walker::holds_samples(const AxisMeaning& axis) const {
  const auto digits = m_.digits_of(axis);
  return std::any_of(digits.begin(), digits.end(),
                     [&](const Digit& digit) { return m_.atom(digit).kind == AtomKind::batch; });
}

void Walker::finish(std::uint64_t value) {
  TensorMeaning tensor;
  tensor.axes = static_cast<int>(m_.axes.size());
  tensor.rank = static_cast<int>(building_.size());
  tensor.value = value;
  m_.axes.insert(m_.axes.end(), building_.begin(), building_.end());
  building_.clear();
  m_.outputs.push_back(tensor);
}

Meaning Walker::run() {
  add_inputs();
  if (moves_) note_uses();
  for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
    m_.first_output.push_back(static_cast<int>(m_.outputs.size()));
    walk_layer(i);
  }
  m_.first_output.push_back(static_cast<int>(m_.outputs.size()));
  runs_along_known_samples();
  compares_at_distances();
  if (cuts_) pieces_cover();
  read_output();
  constant_output();
  std::vector<char> void_trouble(m_.troubles.size());
  for (const Tear& tear : m_.tears)
    if (!tear.flagged && tear.trouble < void_trouble.size()) void_trouble[tear.trouble] = 1;
  std::size_t k = 0;
  std::erase_if(m_.troubles, [&](const Trouble&) { return void_trouble[k++] != 0; });
  return std::move(m_);
}

// The outermost atom of an axis; of a size of 1 the one that it stands for.
int Walker::atom_of(const AxisMeaning& axis) const {
  return axis.count == 0 ? axis.mark : m_.digits_of(axis)[0].atom;
}

// A layer takes axis 0 for samples. Of two axes behind each other either may be: clips of frames, or frames
// of all clips.
void Walker::has_samples_first(const Tensor& tensor) {
  const AxisMeaning& axis = m_.axis(tensor, 0);
  const int atom = atom_of(axis);
  if (!first_samples_.empty() && first_samples_.back() == atom) return;
  if (!is_batch(axis)) return;
  batch_is_first_ = true;
  if (std::find(first_samples_.begin(), first_samples_.end(), atom) == first_samples_.end())
    first_samples_.push_back(atom);
}

// Of N,L,features and L,N,features that a layer without batch_first took: one place, or the mean of all, is
// taken along axis 1, or features are made of it. It holds no samples then; axis 0 does.
void Walker::takes_places(std::size_t i, std::size_t axis) {
  const Tensor x = in(i);
  if (!along_samples_.empty() && axis == 1 && x.rank > 1 && in_shape(i)[axis] > 1 &&
      !is_batch(m_.axis(x, axis)))
    has_samples_first(x);
}

// Layers whose places are samples, as another layer has told since.
void Walker::runs_along_known_samples() {
  for (const auto& [i, places, atom] : along_samples_)
    if (std::find(first_samples_.begin(), first_samples_.end(), atom) != first_samples_.end())
      places_are_samples(i, places);
}

// Whether what a layer takes first hangs on the first input.
bool Walker::comes_from_first(std::size_t i) const {
  const Ref ref = layer(i).inputs[0];
  return ref.is_input() ? ref.input() == 0 : from_first_[ref.layer] != 0;
}

void Walker::walk_layer(std::size_t i) {
  const LayerTrace& row = trace_.layers[i];
  const std::size_t outputs = std::max<std::size_t>(row.outputs.size(), 1);
  bool known = !layer(i).broken && !row.outputs.empty() && row.inputs.size() == layer(i).inputs.size() &&
               (!layer(i).inputs.empty() || layer(i).info().family == Family::parameter);
  from_first_.push_back(0);
  for (const Ref ref : layer(i).inputs)
    if (ref.is_input() ? ref.input() == 0 : from_first_[ref.layer] != 0) from_first_[i] = 1;
  // LibTorch takes dim 0 of a tensor without axes, which then is no place in a list of axes.
  const Family family = layer(i).info().family;
  const bool by_value = family == Family::pointwise || family == Family::elementwise;
  for (std::size_t k = 0; known && k < row.inputs.size(); ++k)
    known = in(i, k).rank == static_cast<int>(row.inputs[k].size()) && (in(i, k).rank > 0 || by_value);
  if (known) {
    const int axes = layer(i).info().axes;
    if (axes > 0 && !layer(i).inputs.empty() && in(i).rank == axes + 2) has_samples_first(in(i));
    walk_family(i);
  }
  building_.clear();
  // Whatever a family leaves open is not known, axis by axis: what meets it may still tell.
  while (m_.outputs.size() < static_cast<std::size_t>(m_.first_output[i]) + outputs) {
    const std::size_t output = m_.outputs.size() - static_cast<std::size_t>(m_.first_output[i]);
    if (layer(i).broken || output >= row.outputs.size()) {
      m_.outputs.push_back({});
      continue;
    }
    for (const std::int64_t n : out_shape(i, output)) put(unknown(n));
    finish(mixed_hash(mixed_hash(UINT64_C(0x2545f491), i), output));
  }
}

void Walker::walk_family(std::size_t i) {
  switch (layer(i).info().family) {
    case Family::conv:
    case Family::conv_transpose:
      return conv(i);
    case Family::linear:
    case Family::bilinear:
    case Family::recurrent_cell:
    case Family::embedding:
      return dense(i);
    case Family::batch_norm:
    case Family::instance_norm:
    case Family::group_norm:
    case Family::layer_norm:
    case Family::pointwise:
    case Family::local_response_norm:
    case Family::softmax:
    case Family::prelu:
    case Family::channel_shuffle:
      return kept(i);
    case Family::glu:
    case Family::chunk:
    case Family::split:
      return parts(i);
    case Family::unbind:
    case Family::select:
      return taken_apart(i);
    case Family::expand:
    case Family::repeat:
      return repeated(i);
    case Family::matmul:
      return matmul(i);
    case Family::recurrent:
    case Family::attention:
    case Family::transformer_layer:
      return sequence(i);
    case Family::along_axes:
      return layer(i).kind == LayerKind::CumSum ? kept(i) : turned_over(i);
    case Family::parameter:
      for (const std::int64_t n : out_shape(i)) put(unknown(n));
      return finish(value_of(i));
    case Family::max_pool:
    case Family::avg_pool:
    case Family::lp_pool:
    case Family::adaptive_pool:
      return pool(i);
    case Family::max_unpool:
      return unpool(i);
    case Family::pad:
    case Family::free_pad:
    case Family::pad_to_multiple:
      return pad(i);
    case Family::upsample:
      return upsample(i);
    case Family::pixel_shuffle:
    case Family::pixel_unshuffle:
      return pixels(i);
    case Family::fold:
      return fold(i);
    case Family::unfold:
      return unfold(i);
    case Family::flatten:
    case Family::unflatten:
    case Family::reshape:
      return regrouped(i);
    case Family::permute:
    case Family::transpose:
    case Family::squeeze:
    case Family::unsqueeze:
      return reordered(i);
    case Family::slice:
      return slice(i);
    case Family::crop:
      return crop(i);
    case Family::reduce:
      return reduced(i);
    case Family::stack:
      return stacked(i);
    case Family::concat:
      return concat(i);
    case Family::elementwise:
      return layer(i).inputs.size() == 1 ? kept(i) : elementwise(i);
    case Family::choice:
      return elementwise(i);
    case Family::signal:
      return transformed(i);
    case Family::grid_sample:
      return grid_sample(i);
    case Family::gathering:
      return gathered(i);
    case Family::custom:
      return custom(i);
  }
}

namespace {

// The scale at which the output is expected to be the input, axis by axis; nothing where it is not.
bool expected_as_input(const Spec& spec, int channel_axis) {
  if (!spec.expect || spec.inputs.empty()) return false;
  if (spec.expect->kind != Expect::Kind::shape) return true;
  const Shape& input = spec.inputs[0].shape;
  const Shape& wanted = spec.expect->shape;
  if (wanted.size() != input.size()) return false;
  for (std::size_t k = 0; k < input.size(); ++k)
    if (static_cast<int>(k) != channel_axis && wanted[k] != input[k]) return false;
  return true;
}

}  // namespace

void Walker::read_output() {
  if (spec_.layers.empty()) return;
  const std::size_t last = spec_.layers.size() - 1;
  const TensorMeaning out = m_.of({LayerId(last), 0});
  const TensorMeaning& input = m_.inputs.empty() ? out : m_.inputs[0];
  if (out.rank < 1) return;
  bool alone = false;
  bool any = false;
  for (std::size_t k = 0; k < out.axis_count(); ++k) {
    const AxisMeaning& axis = m_.axis(out, k);
    alone = alone || is_batch(axis);
    const auto digits = m_.digits_of(axis);
    for (std::size_t d = 0; d < digits.size(); ++d) {
      const AtomKind kind = m_.atom(digits[d]).kind;
      if (kind == AtomKind::unknown) alone = true;
      if (kind != AtomKind::batch) continue;
      any = true;
      alone = alone || (k == 0 && d == 0 && is_whole(digits[d], m_.atoms));
    }
  }
  if (any && !alone) flaw(Flaw::samples, last + 1, 0, "samples are spread over the axes of the output");
  if (out.rank != input.rank || !expected_as_input(spec_, m_.channel_axis)) return turned_map(out);
  const bool scaled = spec_.expect->kind == Expect::Kind::scale;
  const auto rank = out.axis_count();
  for (std::size_t k = 0; k < rank; ++k) {
    const AxisMeaning& from = m_.axis(input, k);
    if (from.count != 1 || m_.atom(m_.digits_of(from)[0]).kind != AtomKind::position) continue;
    read_output_axis(out, k, out_shape(last)[k], scaled ? spec_.expect->scale_of(k, rank) : 1.0);
  }
}

// The places of the output are those of a square image, the other way round: two axes side by side, or the
// places of one axis, in front of what lies at each.
void Walker::turned_map(const Tensor& out) {
  if (out.rank < 3 || m_.inputs.empty() || m_.inputs[0].rank < 4) return;
  struct Places {
    std::size_t axis = 0;
    int root = -1;
  };
  std::vector<Places> places;
  for (std::size_t k = 0; k < out.axis_count(); ++k) {
    const auto digits = m_.digits_of(m_.axis(out, k));
    for (std::size_t d = 0; d < digits.size(); ++d) {
      const Atom& atom = m_.atom(digits[d]);
      if (atom.kind == AtomKind::channel && d > 0) break;  // what lies at each place
      const Reading reading = read_positions(m_, digits.subspan(d, 1));
      if (atom.kind != AtomKind::position) {
        if (d + 1 < digits.size()) return;  // places within something else
        continue;
      }
      if (reading.kind != Reading::Kind::place || reading.place.local) return;
      places.push_back({k, atom.root});
    }
  }
  if (places.size() != 2 || places[1].axis > places[0].axis + 1) return;
  const Root& first = m_.roots[static_cast<std::size_t>(places[0].root)];
  const Root& second = m_.roots[static_cast<std::size_t>(places[1].root)];
  if (first.kind != Root::Kind::input || second.kind != Root::Kind::input || first.index != 0 ||
      second.index != 0 || first.axis != second.axis + 1 ||
      shapes_[0][static_cast<std::size_t>(first.axis)] != shapes_[0][static_cast<std::size_t>(second.axis)])
    return;
  const std::string name = "axis " + std::to_string(places[0].axis);
  const std::string from = std::to_string(first.axis) + " of the input";
  const std::string then = "axis " + std::to_string(second.axis);
  flaw(
      Flaw::turned, spec_.layers.size(), places[1].axis,
      places[0].axis == places[1].axis
          ? name + " of it runs along axis " + from + " behind each place of " + then
          : name + " of it is axis " + from + ", and axis " + std::to_string(places[1].axis) + " is " + then);
}

void Walker::read_output_axis(const Tensor& out, std::size_t k, std::int64_t n, double scale) {
  const std::size_t at = spec_.layers.size();
  const int wanted = m_.atom(m_.digits_of(m_.axis(m_.inputs[0], k))[0]).root;
  const Reading reading = read_positions(m_, m_.digits_of(m_.axis(out, k)));
  const std::string name = "axis " + std::to_string(k);
  if (reading.kind == Reading::Kind::broken)
    return flaw(Flaw::misread, at, k,
                name + " of the output holds " + made_of(spec_, m_, m_.axis(out, k)) +
                    ", not positions in their order");
  const bool elsewhere = holds_root(out, wanted);
  if (reading.kind == Reading::Kind::features && elsewhere)
    return flaw(Flaw::turned, at, k,
                name + " of the output holds " + made_of(spec_, m_, m_.axis(out, k)) +
                    ", that of the input lies in another axis");
  if (reading.kind == Reading::Kind::several && elsewhere)
    return flaw(Flaw::turned, at, k, name + " of the output holds " + made_of(spec_, m_, m_.axis(out, k)));
  if (reading.kind != Reading::Kind::place) return;
  const Root& root = m_.roots[static_cast<std::size_t>(reading.root)];
  if (root.kind != Root::Kind::input || root.index != 0) return;
  if (reading.root != wanted)
    return flaw(Flaw::turned, at, k,
                name + " of the output is axis " + std::to_string(root.axis) + " of the input");
  if (reading.place.local)
    return flaw(Flaw::turned, at, k,
                name + " of the output holds only a part of that of the input: " +
                    made_of(spec_, m_, m_.axis(out, k)));
  Rational factor(static_cast<std::int64_t>(std::lround(scale)));
  if (scale != std::floor(scale)) {
    const auto exact = dyadic(scale);
    if (!exact) return;
    factor = Rational(exact->first, exact->second);
  }
  Alignment ideal;
  if (!(factor == 1)) ideal = resized(ideal, factor);
  Reading as_input = reading;
  as_input.place = ideal;
  compare_places({at, k}, reading, as_input, n);
}

namespace {

// Layers that only resize, cut or scale what they get.
bool hands_on(Family family) {
  return family == Family::pointwise || family == Family::upsample || family == Family::crop ||
         family == Family::pad || family == Family::free_pad;
}

}  // namespace

// Whether nothing but what hands on lies between a layer and the output.
bool Walker::reaches_output(std::size_t i) const {
  std::size_t at = spec_.layers.size() - 1;
  while (at != i && hands_on(layer(at).info().family) && layer(at).inputs.size() == 1 &&
         !layer(at).inputs[0].is_input())
    at = layer(at).inputs[0].layer.place();
  return at == i;
}

// A GroupNorm or InstanceNorm of one learned channel that is the output: of mean 0 whatever came in.
void Walker::constant_output() {
  if (spec_.layers.empty()) return;
  std::size_t i = spec_.layers.size() - 1;
  while (hands_on(layer(i).info().family) && layer(i).inputs.size() == 1 && !layer(i).inputs[0].is_input())
    i = layer(i).inputs[0].layer.place();
  const Family family = layer(i).info().family;
  const LayerTrace& row = trace_.layers[i];
  if ((family != Family::group_norm && family != Family::instance_norm) || row.outputs.empty() ||
      row.inputs.empty() || layer(i).broken)
    return;
  const Shape& shape = row.inputs[0];
  const std::size_t axes = static_cast<std::size_t>(layer(i).info().axes);
  const std::size_t at = family == Family::group_norm || shape.size() == axes + 2 ? 1 : 0;
  if (shape.size() <= at || shape[at] != 1) return;
  std::int64_t positions = 1;
  for (std::size_t k = at + 1; k < shape.size(); ++k) positions *= shape[k] > 1 ? 2 : 1;
  if (positions > 1)
    flaw(Flaw::constant, i, at,
         "one channel is normalised over all of its positions: the output has mean 0 whatever comes in");
}

namespace {

Meaning walk_at(const Spec& spec, const Trace& trace, const std::vector<Shape>& inputs) {
  Walker first(spec, trace, inputs, 1);
  Meaning meaning = first.run();
  const int channels = first.used_as_channels();
  if (channels == 1) return meaning;
  Meaning second = Walker(spec, trace, inputs, channels).run();
  return second;
}

std::vector<Shape> shapes_of(const Spec& spec) {
  std::vector<Shape> shapes;
  for (const InputSpec& input : spec.inputs) shapes.push_back(input.shape);
  return shapes;
}

// Layers that can put samples beside something else.
bool can_mix_samples(const Spec& spec) {
  return std::any_of(spec.layers.begin(), spec.layers.end(), [](const LayerSpec& layer) {
    if (layer.broken) return false;
    const FamilyFacts& is = facts(layer.kind);
    if (is.effect == Effect::reordered || layer.find(Opt::shape) != nullptr) return true;
    if (layer.find(Opt::batch_first) != nullptr && !layer.flag(Opt::batch_first)) return true;
    if (layer.info().family == Family::squeeze) return true;
    if (layer.find(Opt::start_dim) != nullptr) return layer.integer(Opt::start_dim) == 0;
    return layer.info().family == Family::softmax || is.effect == Effect::regrouped
               ? layer.has(Opt::dim) && layer.integer(Opt::dim) == 0
               : false;
  });
}

// A Reshape that writes the batch as a number and leaves the rest to -1 would run at another batch, and mix.
bool writes_the_batch(const Spec& spec, const Trace& trace) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const OptionValue* shape = layer.broken ? nullptr : layer.find(Opt::shape);
    const auto* sizes = shape == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&shape->value);
    if (sizes == nullptr || trace.layers[i].outputs.empty()) continue;
    const bool open = std::any_of(sizes->begin(), sizes->end(),
                                  [](const Expression& e) { return e.is_constant() && e.constant() == -1; });
    const bool number = std::any_of(sizes->begin(), sizes->end(),
                                    [](const Expression& e) { return e.is_constant() && e.constant() == 1; });
    if (open && number) return true;
  }
  return false;
}

bool runs(const Trace& trace) {
  return std::all_of(trace.layers.begin(), trace.layers.end(), [](const LayerTrace& row) {
    return row.refusals.empty() && !row.after_failure && !row.outputs.empty();
  });
}

}  // namespace

Meaning walk(const Spec& spec, const Trace& trace) { return walk_at(spec, trace, shapes_of(spec)); }

std::optional<Meaning> walk_at_other_batch(const Spec& spec, const Trace& trace, bool failing) {
  constexpr std::int64_t other_batch = 7;
  std::vector<Shape> shapes = shapes_of(spec);
  const bool hidden =
      !shapes.empty() && shapes[0].size() > 1 && shapes[0][0] == 1 && first_spatial_axis(spec) > 1;
  if (!hidden || !can_mix_samples(spec) || writes_the_batch(spec, trace)) return std::nullopt;
  for (Shape& shape : shapes)
    if (shape.size() > 1 && shape[0] == 1) shape[0] = other_batch;
  const Trace at_other = infer(spec, shapes);
  if (failing || runs(at_other)) return walk_at(spec, at_other, shapes);
  return std::nullopt;
}

Meaning walk_for_findings(const Spec& spec, const Trace& trace, bool failing) {
  std::optional<Meaning> other = walk_at_other_batch(spec, trace, failing);
  return other ? std::move(*other) : walk(spec, trace);
}

}  // namespace shapedbg
