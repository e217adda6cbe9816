// W502: a layer or a declared input that nothing reads. The last layer is the output, as is what `outputs`
// names; a layer with its own `expect` is one more. All that are left over are one finding.
#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

#include "diagnose/risks/risks.h"

namespace shapedbg {
namespace {

// The last rounds of loops of the author's program: one line adds or subtracts in each block, each sum but
// the last is read by the next block; or it joins, `x = torch.cat([x, out], 1)`, and the last x of a dense
// block is left over. What a residual code or a stack of blocks leaves over is none of a skip's.
class LastRounds {
 public:
  LastRounds(const Spec& spec, const PerLayer<bool>& read) : spec_(spec) {
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
      if (!counts(i)) continue;
      for (const std::string_view owner : {std::string_view(), owner_of(i)}) {
        Rounds& rounds = of_[key(i, owner)];
        ++rounds.count;
        rounds.unread += read[i] ? 0 : 1;
        rounds.last = i;
        if (owner_of(i).empty()) break;
      }
    }
  }

  // Of a layer that nothing reads: all the others of its line, in its block at least, are read, and stand in
  // front of it.
  bool ends_with(std::size_t i) const {
    if (!counts(i)) return false;
    const bool adds = spec_.layers[i].info().family == Family::elementwise;
    return (adds && last(i, {})) || last(i, owner_of(i));
  }

 private:
  struct Rounds {
    std::size_t count = 0;
    std::size_t unread = 0;
    std::size_t last = 0;
  };
  using Key = std::tuple<LayerKind, std::string_view, int, std::string_view>;

  bool counts(std::size_t i) const {
    const LayerSpec& layer = spec_.layers[i];
    const Family family = layer.info().family;
    return (family == Family::elementwise || family == Family::concat) && layer.source &&
           !layer.source->called.empty();
  }
  bool last(std::size_t i, std::string_view owner) const {
    const Rounds& rounds = of_.at(key(i, owner));
    return rounds.count > 1 && rounds.unread == 1 && rounds.last == i;
  }
  // "dense.2" of `dense.2.cat_3`.
  std::string_view owner_of(std::size_t i) const {
    const std::string_view name = spec_.layers[i].name;
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
  }
  Key key(std::size_t i, std::string_view owner) const {
    const SourceLine& called = spec_.layers[i].source->called;
    return {spec_.layers[i].kind, called.file, called.line, owner};
  }

  const Spec& spec_;
  std::map<Key, Rounds> of_;
};

}  // namespace

void unused_output(const RiskView& view, std::vector<Finding>& findings) {
  const Spec& spec = view.spec;
  PerLayer<bool> read(spec.layers.size());
  std::vector<bool> input_read(spec.inputs.size());
  const auto mark = [&](Ref ref) {
    if (!ref.is_input())
      read[ref.layer] = true;
    else if (ref.input() < input_read.size())
      input_read[ref.input()] = true;
  };
  for (const LayerSpec& layer : spec.layers) {
    for (const Ref ref : layer.inputs) mark(ref);
    for (const Opt opt : {Opt::size_like, Opt::indices})
      if (const auto ref = layer.reference(opt)) mark(*ref);
  }
  for (const Ref ref : spec.outputs) mark(ref);
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    if (input_read[i]) continue;
    const InputSpec& input = spec.inputs[i];
    Finding f;
    f.code = Code::W502;
    f.message = "no layer reads the input `" + input.name + "`";
    f.where = input.where;
    findings.push_back(std::move(f));
  }
  const LastRounds loops(spec, read);
  std::vector<RiskPlace> places;
  for (std::size_t i = 0; i + 1 < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (read[i] || layer.expect || !view.watches(i, Code::W502) || loops.ends_with(i)) continue;
    places.push_back({i, "returns " + bracketed(view.row(i).outputs[0])});
  }
  if (places.empty()) return;
  const std::size_t first = places[0].layer;
  const bool one = places.size() == 1;
  Finding f = about(view, Code::W502,
                    one ? "no layer reads `" + spec.layers[first].name + "`, which " + places[0].text
                        : "no layer reads " + name_list(view, places),
                    places);
  if (one) {
    f.label.clear();  // the message says it
    // The layer that goes past it: the next one that reads what it reads, else the one that stands behind it.
    std::size_t past = first + 1;
    Ref taken = spec.layers[past].inputs.empty() ? Ref{} : spec.layers[past].inputs[0];
    for (std::size_t i = past; i < spec.layers.size() && !spec.layers[first].inputs.empty(); ++i) {
      const std::vector<Ref>& inputs = spec.layers[i].inputs;
      if (std::find(inputs.begin(), inputs.end(), spec.layers[first].inputs[0]) == inputs.end()) continue;
      past = i;
      taken = spec.layers[first].inputs[0];
      break;
    }
    f.related.push_back(related(spec.layers[past], "takes `" + spec.name_of(taken) + "` instead"));
  }
  f.notes = {
      "a skip that was to be joined, or a layer to leave out; an output of its own says so by `\"expect\"`"};
  findings.push_back(std::move(f));
}

}  // namespace shapedbg
