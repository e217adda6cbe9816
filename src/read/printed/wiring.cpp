#include "read/printed/wiring.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "net/facts.h"

namespace shapedbg::printed {
namespace {

constexpr std::size_t kMostLookedAt = 512;  // tensors back
constexpr std::size_t kMostEnds = 128;      // branches of a module

// "64", "[64]" or "[8, 8]".
std::vector<std::int64_t> numbers(std::string_view json) {
  std::vector<std::int64_t> all;
  for (const char* at = json.data(); at != json.data() + json.size();) {
    std::int64_t number = 0;
    const auto [stop, code] = std::from_chars(at, json.data() + json.size(), number);
    if (code == std::errc()) {
      all.push_back(number);
      at = stop;
    } else {
      ++at;
    }
  }
  return all;
}

std::string quoted(const Tensor& tensor) {
  return tensor.name.empty() ? "the input" : "`" + tensor.name + "`";
}

std::int64_t product(const Shape& shape, std::size_t from) {
  std::int64_t all = 1;
  for (std::size_t axis = from; axis < shape.size(); ++axis) {
    if (shape[axis] != 0 && all > limits::size / shape[axis]) return 0;
    all *= shape[axis];
  }
  return all;
}

// Alike but for their channels, those of `a` `factor` times smaller.
bool alike(const Shape& a, const Shape& b, std::int64_t factor, std::size_t channels) {
  if (a.size() != b.size() || a.size() < 2) return false;
  for (std::size_t axis = 0; axis < a.size(); ++axis)
    if (axis != channels && (axis < 2 ? a[axis] : a[axis] * factor) != b[axis]) return false;
  return true;
}

std::size_t channels_of(const Need& need, const Shape& shape) {
  return need.last && !shape.empty() ? shape.size() - 1 : 1;
}

}  // namespace

std::optional<Need> need_of(const DraftLayer& layer) {
  const KindInfo* kind = find_kind(layer.type);
  if (!kind) return std::nullopt;
  const FamilyFacts& family = facts(kind->family);
  for (const Opt opt : {Opt::in_channels, Opt::in_features, Opt::num_features, Opt::num_channels,
                        Opt::normalized_shape, Opt::input_size, Opt::embed_dim, Opt::d_model}) {
    const DraftValue* value = kind->option(opt) ? layer.find(to_string(opt)) : nullptr;
    if (!value || value->tensor() != nullptr) continue;
    Need need{numbers(value->json()), family.channels == Channels::last || opt == Opt::normalized_shape};
    if (need.sizes.empty() || need.sizes.front() < 1) return std::nullopt;
    need.rank = kind->axes > 0 && family.channels == Channels::before_axes ? kind->axes + 2 : 0;
    need.weighs = kind->family == Family::linear;
    return need;
  }
  return std::nullopt;
}

bool fits(const Need& need, const Tensor& tensor) {
  const Shape& shape = tensor.shape;
  // The width of a map is no number of features.
  if (need.last && shape.size() > 3 && !tensor.channels_last && need.sizes.size() == 1) return false;
  if (need.rank > 0 && shape.size() != static_cast<std::size_t>(need.rank)) return false;
  if (!need.last) return shape.size() > 1 && shape[1] == need.sizes.front();
  return shape.size() > need.sizes.size() &&
         std::equal(need.sizes.begin(), need.sizes.end(),
                    shape.end() - static_cast<std::ptrdiff_t>(need.sizes.size()));
}

Tensor Wiring::put(DraftLayer layer, const std::vector<Tensor>& from) {
  std::vector<Shape> shapes;
  bool known = true;
  for (const Tensor& tensor : from) {
    read(tensor);
    layer.inputs.push_back(tensor.ref);
    shapes.push_back(tensor.shape);
    known = known && !tensor.shape.empty();
  }
  Tensor made{{}, {}, layer.name};
  if (known && shape_of_) made.shape = shape_of_(layer, shapes).value_or(Shape{});
  made.channels_last =
      !from.empty() && from.front().channels_last && made.shape.size() == from.front().shape.size();
  if (!from.empty() && made.shape.size() == 3 && from.front().shape.size() == 3 &&
      made.shape[1] == from.front().shape[1])
    made.places = from.front().places;
  made.ref = draft_.add(std::move(layer));
  made_.push_back(made);
  if (!scopes_.empty() && scopes_.back().ends.size() < kMostEnds) scopes_.back().ends.push_back(made);
  return made;
}

Tensor Wiring::add(DraftLayer layer, const Tensor& in) { return put(std::move(layer), {in}); }

void Wiring::read(const Tensor& tensor) {
  if (scopes_.empty()) return;
  std::vector<Tensor>& ends = scopes_.back().ends;
  std::erase_if(ends, [&](const Tensor& end) { return end.ref == tensor.ref; });
}

Tensor Wiring::leave(Tensor last, const std::optional<Tensor>& shortcut, const std::string& path) {
  if (shortcut && !last.shape.empty() && last.shape == shortcut->shape && last.ref != shortcut->ref) {
    say("`" + path + "` returns the sum of " + quoted(last) + " and " + quoted(*shortcut));
    last = put(DraftLayer("Add", {}, path + ".sum"), {last, *shortcut});
  }
  Scope scope = std::move(scopes_.back());
  scopes_.pop_back();
  if (scope.ends.size() > 1) {
    last.ends = scope.ends;
    last.given = std::make_shared<Tensor>(scope.given);
  }
  // One end of the module around, whatever is read of it later.
  if (!scopes_.empty() && last.ref != scope.given.ref) {
    read(last);
    if (scopes_.back().ends.size() < kMostEnds) scopes_.back().ends.push_back(last);
  }
  if (last.ref != scope.given.ref) made_.push_back(last);
  return last;
}

Tensor Wiring::gated(const Tensor& gate, const std::string& path) {
  const Tensor in = given();
  if (gate.shape.size() < 2 || in.shape.size() < 2 || gate.shape[1] != in.shape[1]) return gate;
  Tensor factor = gate;
  if (gate.shape.size() == 2 && in.shape.size() > 2) {
    std::vector<std::int64_t> sizes(in.shape.size() - 1, 1);
    sizes.front() = gate.shape[1];
    DraftLayer layer("Unflatten", {}, path + ".maps");
    layer.set("dim", 1).set("unflattened_size", sizes);
    factor = put(std::move(layer), {gate});
  }
  if (factor.shape.size() != in.shape.size()) return gate;
  say("`" + path + "` multiplies what it gets by " + quoted(gate));
  return put(DraftLayer("Mul", {}, path + ".scaled"), {in, factor});
}

Tensor Wiring::choose(const Need& need, const Tensor& last, const Next& next) {
  if (!shape_of_) return last;
  if (next.beside)
    if (const auto own = given_to(need, nullptr, next)) return *own;
  if (last.shape.empty() || fits(need, last)) return last;
  std::optional<Tensor> found;
  if (!last.ends.empty()) found = joined(need, last.ends, next);
  if (!found && !last.ends.empty() && last.given) {
    std::vector<Tensor> all{*last.given};
    if (auto pooled = reduced(need, *last.given, last.ends, next)) all.front() = std::move(*pooled);
    all.insert(all.end(), last.ends.begin(), last.ends.end());
    found = joined(need, std::move(all), next);
  }
  if (!found) found = turned(need, last, next);
  if (!found) found = attended(need, last, next);
  if (!found) found = merged(need, last, next);
  if (!found) found = given_to(need, &last, next);
  if (!found) found = with_older(need, last, next, false);
  if (!found) found = halved(need, last, next);
  if (!found) found = given_to(need, nullptr, next);
  if (!found) found = with_older(need, last, next, true);
  if (!found) found = flat(need, last, next);
  if (!found) found = unflattened(need, last, next);
  for (std::size_t back = 0; !found && back < std::min(made_.size(), kMostLookedAt); ++back) {
    const Tensor& old = made_[made_.size() - 1 - back];
    if (!fits(need, old)) continue;
    say("`" + next.path + "` gets " + quoted(old) + ", the nearest that it can take");
    ++misfits;
    return old;
  }
  if (!found) ++misfits;
  return found.value_or(last);
}

// Parts of one size, or maps of several: those are resized to the largest, as behind pools to a few places.
std::optional<Tensor> Wiring::joined(const Need& need, std::vector<Tensor> parts, const Next& next) {
  const std::size_t axis = channels_of(need, parts.front().shape);
  const std::size_t rank = parts.front().shape.size();
  if (need.sizes.size() != 1 || rank < 2 || (need.rank > 0 && rank != static_cast<std::size_t>(need.rank)))
    return std::nullopt;
  if (need.last && rank > 3 && !parts.front().channels_last) return std::nullopt;
  const Tensor& largest = *std::max_element(parts.begin(), parts.end(), [](const Tensor& a, const Tensor& b) {
    return product(a.shape, 2) < product(b.shape, 2);
  });
  const Shape whole = largest.shape;
  std::int64_t sum = 0;
  for (const Tensor& part : parts) {
    if (part.shape.size() != rank || (axis != 1 && !alike(part.shape, whole, 1, axis))) return std::nullopt;
    sum += part.shape[axis];
  }
  if (sum != need.sizes.front()) return std::nullopt;
  for (Tensor& part : parts) {
    if (alike(part.shape, whole, 1, axis)) continue;
    DraftLayer resize("Upsample", {}, next.path + ".resized");
    resize.set("size", std::vector<std::int64_t>(whole.begin() + 2, whole.end()));
    const std::string name = part.name;
    part = put(std::move(resize), {part});
    part.name = name;
  }
  std::string words;
  for (std::size_t i = 0; i < parts.size() && i < 4; ++i)
    words += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + quoted(parts[i]);
  if (parts.size() > 4) words += " and " + std::to_string(parts.size() - 4) + " more";
  say("`" + next.path + "` gets " + words + " joined: they have its " + std::to_string(sum));
  DraftLayer concat("Concat", {}, next.path + ".joined");
  if (axis != 1) concat.set("dim", -1);
  return put(std::move(concat), parts);
}

// What a module was given, pooled to the size of its branches, which forward does where strides reduce them.
std::optional<Tensor> Wiring::reduced(const Need& need, const Tensor& given, const std::vector<Tensor>& ends,
                                      const Next& next) {
  const std::size_t rank = given.shape.size();
  if (need.last || rank < 3 || rank > 5) return std::nullopt;
  std::int64_t sum = given.shape[1];
  for (const Tensor& end : ends) {
    if (!alike(end.shape, ends.front().shape, 1, 1) || end.shape.size() != rank) return std::nullopt;
    sum += end.shape[1];
  }
  if (sum != need.sizes.front()) return std::nullopt;
  for (const std::int64_t kernel : {3, 2}) {
    DraftLayer pool("MaxPool" + std::to_string(rank - 2) + "d", {}, next.path + ".pooled");
    pool.set("kernel_size", kernel).set("stride", 2);
    const auto shape = shape_of_(pool, {given.shape});
    if (!shape || !alike(*shape, ends.front().shape, 1, 1)) continue;
    say("`" + next.path + "` gets " + quoted(given) + " pooled to the size of the branches beside it");
    return put(std::move(pool), {given});
  }
  return std::nullopt;
}

// `last` and the nearest tensor before it that has the channels that are missing; `up`: at twice the size of
// `last`, which forward resizes.
std::optional<Tensor> Wiring::with_older(const Need& need, const Tensor& last, const Next& next, bool up) {
  const std::size_t axis = channels_of(need, last.shape);
  if (need.sizes.size() != 1 || last.shape.size() < 2) return std::nullopt;
  if (need.last && last.shape.size() > 3 && !last.channels_last) return std::nullopt;
  const std::int64_t missing = need.sizes.front() - last.shape[axis];
  if (missing < 1 || (up && (need.last || last.shape.size() < 3))) return std::nullopt;
  const auto meets = [&](const Tensor& old) {
    return old.ref != last.ref && old.shape.size() == last.shape.size() && old.shape[axis] == missing &&
           alike(last.shape, old.shape, up ? 2 : 1, axis);
  };
  const std::size_t most = std::min(made_.size(), kMostLookedAt);
  for (std::size_t back = 0; back <= most; ++back) {
    // What the module was given comes first.
    if (back == 0 ? !meets(given()) : !meets(made_[made_.size() - back])) continue;
    const Tensor old = back == 0 ? given() : made_[made_.size() - back];
    Tensor large = last;
    if (up) {
      DraftLayer resize("Upsample", {}, next.path + ".up");
      resize.set("scale_factor", 2);
      say("`" + next.path + "` gets " + quoted(last) + " at twice its size");
      large = put(std::move(resize), {last});
      large.name = last.name;
    }
    return joined(need, {large, old}, next);
  }
  return std::nullopt;
}

// What this module was given, or one around it. `as_large_as`: only where it has the size of that tensor.
std::optional<Tensor> Wiring::given_to(const Need& need, const Tensor* as_large_as, const Next& next) {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    const Tensor given = scope->given;
    if (!fits(need, given)) continue;
    if (as_large_as && !alike(as_large_as->shape, given.shape, 1, channels_of(need, given.shape))) continue;
    say("`" + next.path + "` gets " + quoted(given));
    return given;
  }
  return std::nullopt;
}

Tensor Wiring::ahead(const Need& later, const Tensor& last, const Next& next, bool passes, bool features) {
  if (!shape_of_ || last.shape.empty() || fits(later, last)) return last;
  std::optional<Tensor> found;
  if (!last.ends.empty()) found = joined(later, last.ends, next);
  if (!found && features && later.weighs && next.ends) found = flat(later, last, next);
  if (!found && passes && later.last && !later.weighs && last.shape.size() > 3)
    found = turned(later, last, next);
  return found.value_or(last);
}

Tensor Wiring::mean(const Tensor& map, const std::string& path) {
  const std::size_t rank = map.shape.size();
  if (rank < 3 || rank > 5) return map;
  DraftLayer pool("AdaptiveAvgPool" + std::to_string(rank - 2) + "d", {}, path + ".mean");
  pool.set("output_size", 1);
  say("`" + path + "` gets the mean of " + quoted(map));
  return put(std::move(pool), {map});
}

Tensor Wiring::turn(const Tensor& map, bool to_last, const std::string& path) {
  std::vector<std::int64_t> dims(std::max<std::size_t>(map.shape.size(), 3));
  std::iota(dims.begin(), dims.end(), 0);
  std::rotate(dims.begin() + 1, to_last ? dims.begin() + 2 : dims.end() - 1, dims.end());
  DraftLayer permute("Permute", {}, path);
  Tensor made = put(permute.set("dims", dims), {map});
  made.channels_last = to_last;
  return made;
}

Tensor Wiring::tokens_of(const Tensor& map, const std::string& path, const std::string& turned) {
  DraftLayer flatten("Flatten", {}, path + ".places");
  flatten.set("start_dim", 2);
  Tensor made = turn(put(std::move(flatten), {map}), true, path + turned);
  made.channels_last = false;
  if (map.shape.size() > 2) made.places.assign(map.shape.begin() + 2, map.shape.end());
  return made;
}

Tensor Wiring::map_of(const Tensor& turned, const Shape& places, const std::string& path) {
  DraftLayer unflatten("Unflatten", {}, path + ".map");
  unflatten.set("dim", 2).set("unflattened_size", places);
  return put(std::move(unflatten), {turned});
}

// Channels that stand where the layer does not look for them: a map as tokens, and back.
std::optional<Tensor> Wiring::turned(const Need& need, const Tensor& last, const Next& next) {
  const std::size_t rank = last.shape.size();
  if (need.sizes.size() != 1 || rank < 3) return std::nullopt;
  const bool one_place = need.weighs && product(last.shape, 2) == 1;
  const bool to_last =
      need.last && !one_place && last.shape[1] == need.sizes.front() && !(need.weighs && next.ends);
  const std::size_t map = last.places.empty() ? rank : last.places.size() + 2;
  const bool back = !need.last && last.shape.back() == need.sizes.front() &&
                    (last.channels_last || rank == 3) &&
                    (need.rank == 0 || need.rank == static_cast<int>(map));
  if (!to_last && !back) return std::nullopt;
  if (to_last && rank > 3 && !next.turns_back) {
    say("`" + next.path + "` gets the places of " + quoted(last) + " as tokens");
    return tokens_of(last, next.path, ".tokens");
  }
  say("`" + next.path + "` gets " + quoted(last) + " with its channels " + (to_last ? "last" : "second"));
  Tensor made = turn(last, to_last, next.path + ".turned");
  made.channels_last = to_last && rank > 3;
  return back && !last.places.empty() ? map_of(made, last.places, next.path) : made;
}

// A map in front of a Linear: the mean over its places, or all of them.
std::optional<Tensor> Wiring::flat(const Need& need, const Tensor& last, const Next& next) {
  const std::size_t rank = last.shape.size();
  if (!need.weighs || rank < 3) return std::nullopt;
  const std::int64_t features = need.sizes.front();
  const std::int64_t all = product(last.shape, 1);
  const std::int64_t places = product(last.shape, 2);
  if (all == features || (places == 1 && last.shape[1] == features)) {
    say("`" + next.path + "` gets " + quoted(last) + " flattened");
    return put(DraftLayer("Flatten", {}, next.path + ".flat"), {last});
  }
  if (last.shape[1] == features && rank <= 5)
    return put(DraftLayer("Flatten", {}, next.path + ".flat"), {mean(last, next.path)});
  other_size = other_size || (last.shape[1] > 0 && features % last.shape[1] == 0);
  return std::nullopt;
}

// Features in front of a convolution: as many maps as it counts, as high as they are wide.
std::optional<Tensor> Wiring::unflattened(const Need& need, const Tensor& last, const Next& next) {
  if (need.last || need.rank < 3 || need.sizes.size() != 1 || last.shape.size() != 2) return std::nullopt;
  const std::int64_t places = last.shape[1] / need.sizes.front();
  if (places < 1 || last.shape[1] % need.sizes.front() != 0) return std::nullopt;
  const int axes = need.rank - 2;
  std::int64_t side = 1;
  const auto filled = [&](std::int64_t one) {
    return axes == 1 ? one : axes == 2 ? one * one : one * one * one;
  };
  while (side < 4096 && filled(side) < places) ++side;
  if (axes == 1) side = places;
  if (filled(side) != places) return std::nullopt;
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(axes), side);
  sizes.insert(sizes.begin(), need.sizes.front());
  DraftLayer layer("Unflatten", {}, next.path + ".maps");
  layer.set("dim", 1).set("unflattened_size", sizes);
  say("`" + next.path + "` gets " + quoted(last) + " as " + std::to_string(sizes[0]) + " maps");
  return put(std::move(layer), {last});
}

// Query, key and value in one: attention makes one of them.
std::optional<Tensor> Wiring::attended(const Need& need, const Tensor& last, const Next& next) {
  if (need.sizes.size() != 1 || !need.last || last.shape.size() < 3 || last.shape.back() % 3 != 0 ||
      last.shape.back() / 3 != need.sizes.front())
    return std::nullopt;
  DraftLayer chunk("Chunk", {}, next.path + ".qkv");
  chunk.set("chunks", 3).set("dim", -1);
  Tensor query = put(std::move(chunk), {last});
  query.shape.back() = need.sizes.front();
  Tensor key = query;
  Tensor value = query;
  key.ref.output = 1;
  value.ref.output = 2;
  say("`" + next.path + "` gets an attention of " + quoted(last) + ", which is query, key and value");
  return put(DraftLayer("ScaledDotProductAttention", {}, next.path + ".attention"), {query, key, value});
}

// Four neighbours of a map whose channels stand last, as one place.
std::optional<Tensor> Wiring::merged(const Need& need, const Tensor& last, const Next& next) {
  const bool map = last.channels_last && last.shape.size() == 4;
  if (!need.last || need.sizes.size() != 1 || (!map && last.places.size() != 2) ||
      need.sizes.front() % 4 != 0 || last.shape.back() != need.sizes.front() / 4)
    return std::nullopt;
  const Shape places = map ? Shape{last.shape[1], last.shape[2]} : last.places;
  if (places[0] % 2 != 0 || places[1] % 2 != 0) return std::nullopt;
  say("`" + next.path + "` gets every four places of " + quoted(last) + " as one");
  Tensor all = turn(last, false, next.path + ".second");
  if (!map) all = map_of(all, places, next.path);
  DraftLayer gather("PixelUnshuffle", {}, next.path + ".four");
  gather.set("downscale_factor", 2);
  all = put(std::move(gather), {all});
  return map ? turn(all, true, next.path + ".last") : tokens_of(all, next.path, ".last");
}

// One half is the gate of the other.
std::optional<Tensor> Wiring::halved(const Need& need, const Tensor& last, const Next& next) {
  const std::size_t axis = channels_of(need, last.shape);
  if (!next.gates || need.sizes.size() != 1 || last.shape.size() < 2 || last.shape[axis] % 2 != 0 ||
      last.shape[axis] / 2 != need.sizes.front() ||
      (need.rank > 0 && last.shape.size() != static_cast<std::size_t>(need.rank)))
    return std::nullopt;
  DraftLayer gate("GLU", {}, next.path + ".gate");
  if (axis == 1) gate.set("dim", 1);
  say("`" + next.path + "` gets one half of " + quoted(last) + ", which the other half gates");
  return put(std::move(gate), {last});
}

}  // namespace shapedbg::printed
