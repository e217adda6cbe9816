// A vector that meets a map: [N, C] at a sum, product or Concat with [N, C, H, W], [C] at a sum with any of
// them. It gets the axes that it lacks, of one place each, and for a Concat as many places as the map has:
// where it first meets one, or in front of the Chunk that it is a part of, in each use of a block.
#include <algorithm>
#include <optional>
#include <span>

#include "repair/propose/insertions.h"
#include "repair/propose/suggest.h"

namespace shapedbg {

namespace {

constexpr int most_meetings = 8;

// What is to be put on an input, one layer behind the other.
struct Spread {
  std::size_t input = 0;
  std::size_t map = 0;  // the input that has the axes
  std::string type;
  std::string options;
  Shape fresh;
  std::string expanded;  // sizes of an Expand behind it; empty where none is needed
};

// The axis along which a Concat joins tensors of `rank` axes; 1 for sums and products, where channels stand.
std::size_t joined_axis(const LayerSpec& merge, std::size_t rank) {
  if (merge.info().family != Family::concat) return 1;
  return wrapped_axis(merge.integer(Opt::dim), rank);
}

// "[-1, -1, \"in[1][2]\", \"in[1][3]\"]": the places of the second input, which is the map.
std::string places_of(const Shape& map, std::size_t channels) {
  std::string sizes = "[-1";
  bool any = false;
  for (std::size_t k = 1; k < map.size(); ++k) {
    const bool place = k != channels && map[k] != 1;
    any = any || place;
    sizes += place ? ", \"in[1][" + std::to_string(k) + "]\"" : ", -1";
  }
  return any ? sizes + "]" : std::string();
}

// A tensor of one axis less, of three or more: every other axis has its counterpart in one order alone, or in
// several that come to the same.
std::optional<Spread> one_axis_more(const LayerSpec& merge, const Shape& v, const Shape& x, std::size_t k,
                                    std::size_t map) {
  if (x.size() != v.size() + 1 || v[0] != x[0]) return std::nullopt;
  const bool joined = merge.info().family == Family::concat;
  const std::size_t joins = joined_axis(merge, x.size());
  std::optional<Spread> found;
  for (std::size_t at = 1; at <= v.size(); ++at) {
    Shape fresh = v;
    fresh.insert(fresh.begin() + static_cast<std::ptrdiff_t>(at), 1);
    bool fits = true;
    for (std::size_t a = 0; a < x.size(); ++a)
      fits = fits && (fresh[a] == x[a] || (joined ? a == joins : fresh[a] == 1));
    if (!fits || (joined && at == joins)) continue;
    if (found && found->fresh != fresh) return std::nullopt;
    found = Spread{k, map, "Unsqueeze", R"(, "dim": )" + std::to_string(at), std::move(fresh), {}};
  }
  return found;
}

// [N, c*H*W] that a Concat joins to [N, C, H, W]: a map by itself, its elements are as many as its places.
std::optional<Spread> as_a_map(const LayerSpec& merge, const Shape& v, const Shape& x, std::size_t k,
                               std::size_t map) {
  if (merge.info().family != Family::concat || joined_axis(merge, x.size()) != 1 || v.size() != 2 ||
      x.size() < 4 || v[0] != x[0])
    return std::nullopt;
  std::int64_t places = 1;
  for (std::size_t a = 2; a < x.size(); ++a)
    if (__builtin_mul_overflow(places, x[a], &places)) return std::nullopt;
  if (places < 2 || v[1] % places != 0) return std::nullopt;
  Shape fresh = x;
  fresh[1] = v[1] / places;
  const Shape sizes(fresh.begin() + 1, fresh.end());
  return Spread{k,     map, "Unflatten", R"(, "dim": 1, "unflattened_size": )" + to_json(Value{sizes}),
                fresh, {}};
}

// One for the whole batch, as a learned token, that a Concat joins to one for each sample.
std::optional<Spread> for_each_sample(const LayerSpec& merge, std::span<const Shape> inputs, std::size_t k) {
  const Shape& v = inputs[k];
  if (merge.info().family != Family::concat || v.size() < 2 || v[0] != 1) return std::nullopt;
  const std::size_t joins = joined_axis(merge, v.size());
  for (std::size_t other = 0; other < inputs.size() && joins > 0; ++other) {
    const Shape& x = inputs[other];
    bool fits = x.size() == v.size() && x[0] > 1;
    for (std::size_t a = 1; fits && a < x.size(); ++a) fits = a == joins || x[a] == v[a];
    if (!fits) continue;
    std::string sizes = R"(, "size": ["in[1][0]")";
    for (std::size_t a = 1; a < v.size(); ++a) sizes += ", -1";
    Shape fresh = v;
    fresh[0] = x[0];
    return Spread{k, other, "Expand", sizes + "]", std::move(fresh), {}};
  }
  return std::nullopt;
}

// `as_token`: a vector as wide as both axes of a sequence is one token more, else features of each place.
std::optional<Spread> spread_of(const LayerSpec& merge, std::span<const Shape> inputs, std::size_t k,
                                bool as_token = true) {
  const Shape& v = inputs[k];
  if (auto sample = for_each_sample(merge, inputs, k)) return sample;
  const auto map =
      std::find_if(inputs.begin(), inputs.end(), [&](const Shape& x) { return x.size() > v.size(); });
  if (map == inputs.end() || v.empty()) return std::nullopt;
  const auto at_map = static_cast<std::size_t>(map - inputs.begin());
  if (v.size() > 2) return one_axis_more(merge, v, *map, k, at_map);
  if (auto whole = as_a_map(merge, v, *map, k, at_map)) return whole;
  const Shape& x = *map;
  const bool joined = merge.info().family == Family::concat;
  const bool batched = v.size() == 2;
  if ((joined && !batched) || (batched && v[0] != x[0] && (joined || v[0] != 1))) return std::nullopt;
  const std::int64_t channels = v.back();
  // A mask of places: one for all that stands in front of them.
  if (!joined && batched && v[0] == x[0] && x.size() > 3 && channels == x.back() && channels != x[1]) {
    Shape sizes(x.size() - 2, 1);
    sizes.push_back(channels);
    Shape fresh = sizes;
    fresh.insert(fresh.begin(), v[0]);
    return Spread{k,     at_map, "Unflatten", R"(, "dim": 1, "unflattened_size": )" + to_json(Value{sizes}),
                  fresh, {}};
  }
  const std::size_t at = joined_axis(merge, x.size());
  Spread spread{k, static_cast<std::size_t>(map - inputs.begin()), {}, {}, {}, {}};
  // Tokens: one vector for all of them, or one token more.
  const bool token = as_token && joined && at == 1 && x.size() == 3 && x[2] == channels;
  const bool last = joined ? at == 2 : x.back() == channels && x[1] != channels;
  if (batched && x.size() == 3 && (token || last)) {
    spread.type = "Unsqueeze";
    spread.options = R"(, "dim": 1)";
    spread.fresh = {v[0], 1, channels};
    if (joined && last) spread.expanded = places_of(x, 2);
    return spread;
  }
  if (at != 1 || (!joined && (x.back() == channels && x.size() == 3 && x[1] != channels)))
    return std::nullopt;
  if (joined) spread.expanded = places_of(x, 1);
  if (batched && x.size() == 3) {
    spread.type = "Unsqueeze";
    spread.options = R"(, "dim": 2)";
    spread.fresh = {v[0], channels, 1};
    return spread;
  }
  Shape sizes{channels};
  sizes.resize(x.size() - 1, 1);
  spread.fresh = sizes;
  if (batched) spread.fresh.insert(spread.fresh.begin(), v[0]);
  if (merge.shared) sizes[0] = -1;  // each use of a block has channels of its own
  spread.type = batched ? "Unflatten" : "Reshape";
  spread.options =
      std::string(batched ? R"(, "dim": 1, "unflattened_size": )" : R"(, "shape": )") + to_json(Value{sizes});
  return spread;
}

class Vectors {
 public:
  Vectors(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial)
      : s_(s), out_(out), partial_(partial) {}

  void run(LayerId fault) {
    const std::size_t inputs = s_.spec.layer(fault).inputs.size();
    bool whole = false;
    // Each input may be the one that lacks axes.
    for (std::size_t k = 0; k < inputs && !whole; ++k) {
      if (in_front_of_chunk(fault, k)) return;
      whole = at_meetings(k, true) || at_meetings(k, false);
    }
  }

 private:
  const LayerTrace& row(LayerId i) const { return s_.trace.row(i); }

  // The halves of one vector each scale or shift a map: in front of the Chunk one layer is enough.
  bool in_front_of_chunk(LayerId merge, std::size_t k) {
    const LayerSpec& layer = s_.spec.layer(merge);
    if (layer.inputs[k].is_input()) return false;
    const LayerId at = layer.inputs[k].layer;
    const LayerSpec& chunk = s_.spec.layer(at);
    if (chunk.info().family != Family::chunk || chunk.broken || chunk.integer(Opt::dim) != 1 ||
        row(at).inputs.empty() || row(merge).inputs.size() != layer.inputs.size())
      return false;
    std::optional<Spread> spread = spread_of(layer, row(merge).inputs, k);
    if (!spread || spread->type != "Unflatten" || !spread->expanded.empty()) return false;
    const Shape& whole = row(at).inputs[0];
    spread->fresh[1] = whole[1];
    Shape sizes(spread->fresh.begin() + 1, spread->fresh.end());
    if (chunk.shared) sizes[0] = -1;
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    if (!put_on_input(s_, at, "Unflatten", R"(, "dim": 1, "unflattened_size": )" + to_json(Value{sizes}),
                      candidate))
      return false;
    candidate.title = "put an Unflatten in front of `" + chunk.name + "`: " + bracketed(whole) + " becomes " +
                      bracketed(spread->fresh);
    const auto changed = changed_by(s_, candidate);
    if (!changed || !holds(*changed, infer(*changed))) return false;
    out_.push_back(std::move(candidate));
    return true;
  }

  // One meeting after the other, as long as the first layer that fails is one.
  bool at_meetings(std::size_t first, bool as_token) {
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    candidate.places = 0;
    Spec changed;
    Trace of_changed;
    const Spec* spec = &s_.spec;
    const Trace* trace = &s_.trace;
    bool whole = false;
    while (candidate.places < most_meetings) {
      const auto fault = first_fault(*trace);
      if (!fault) {
        whole = holds(*spec, *trace);
        break;
      }
      Candidate more = candidate;
      const int only = candidate.places == 0 ? static_cast<int>(first) : -1;
      if (!meet(*spec, *trace, *fault, only, as_token, more)) break;
      auto next = changed_by(s_, more);
      if (!next) break;
      changed = std::move(*next);
      of_changed = infer(changed);
      spec = &changed;
      trace = &of_changed;
      candidate = std::move(more);
    }
    if (candidate.places == 0) return false;
    const bool known = !as_token && !partial_.empty() && partial_.back().edits == candidate.edits;
    if (!known) (whole ? out_ : partial_).push_back(std::move(candidate));
    return whole;
  }

  bool meet(const Spec& spec, const Trace& trace, LayerId fault, int only, bool as_token,
            Candidate& candidate) {
    const LayerSpec& merge = spec.layer(fault);
    const auto& inputs = trace.row(fault).inputs;
    const auto index = s_.spec.find(merge.name);
    const Family family = merge.info().family;
    if ((family != Family::elementwise && family != Family::concat) || merge.broken || !index ||
        inputs.size() != merge.inputs.size())
      return false;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (only >= 0 && only != static_cast<int>(k)) continue;
      const auto spread = spread_of(merge, inputs, k, as_token);
      if (!spread || !put(*index, *spread, candidate)) continue;
      Shape fresh = spread->fresh;
      for (std::size_t i = 1; !spread->expanded.empty() && i < fresh.size(); ++i)
        if (i != joined_axis(merge, fresh.size())) fresh[i] = inputs[spread->map][i];
      candidate.title += (candidate.places == 0 ? "put " : ", and ") + with_article(spread->type) +
                         (spread->expanded.empty() ? "" : " and an Expand") + " between `" +
                         s_.spec.name_of(s_.spec.layer(*index).inputs[k]) + "` and `" + merge.name +
                         "`: " + bracketed(inputs[k]) + " becomes " + bracketed(fresh);
      ++candidate.places;
      return true;
    }
    return false;
  }

  // On one input of a merge, in the network's own list or in a block.
  bool put(LayerId merge, const Spread& spread, Candidate& candidate) {
    std::vector<PutIn> row{{spread.type, spread.options}};
    if (spread.type == "Expand") row[0].sizes_of = spread.map;
    if (!spread.expanded.empty()) row.push_back({"Expand", R"(, "size": )" + spread.expanded, spread.map});
    if (!put_in_a_row(s_, merge, spread.input, row, candidate)) return false;
    if (!spread.expanded.empty() || candidate.places > 0) candidate.by_text = true;
    return true;
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Candidate>& partial_;
};

}  // namespace

void suggest_vectors(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const Code code = s.trace.row(*fault).refusals[0].code;
  if (code == Code::L208 || code == Code::L204 || code == Code::L209) Vectors(s, out, partial).run(*fault);
}

}  // namespace shapedbg
