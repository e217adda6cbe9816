// The decoder's layers, from the encoder's run backwards: what forks in the encoder is summed, what is summed
// goes to each of its operands, what is joined comes apart, and between them the chains are mirrored.
#include <map>

#include "mirror/chain.h"

#include "net/facts.h"

namespace shapedbg {
namespace {

class Mirror : public MirrorChain {
 public:
  Mirror(const Spec& spec, const Trace& trace, const MirrorOptions& options)
      : MirrorChain(spec, trace, options) {}

  MirroredLayers result() {
    if (find_end() && find_ways()) {
      at_ = {spec_.name_of(end_), shape_of(end_), end_.layer == last_ ? -1 : -2};
      arrived_[key(end_)].push_back(at_);
      for (LayerId i = end_.layer; !i.is_none() && error_.empty(); --i) {
        if (needed_[i]) undo(i);
      }
      if (error_.empty()) take(Ref::of_input(0));
    }
    if (!error_.empty()) objects_.clear();
    return {std::move(objects_), std::move(error_)};
  }

 private:
  using Key = std::pair<LayerId, int>;
  static Key key(Ref ref) { return {ref.layer, ref.output}; }
  struct Read {
    LayerId layer{0};
    std::size_t slot = 0;
  };

  const LayerSpec& layer(LayerId index) const { return spec_.layer(index); }
  const LayerTrace& row(LayerId index) const { return trace_.row(index); }
  const Shape& shape_of(Ref ref) const { return *trace_.output(spec_, ref); }
  const std::vector<Read>& reads(Ref ref) const {
    static const std::vector<Read> none;
    const auto found = reads_.find(key(ref));
    return found == reads_.end() ? none : found->second;
  }

  // The last layer of the encoder; of several heads that nobody reads and that are alike (a mean and a
  // variance) the first.
  bool find_end() {
    last_ = spec_.layers.last_id();
    while (!last_.is_none() && layer(last_).part == Part::decoder) --last_;
    if (last_.is_none()) return fail("there is no encoder to mirror");
    end_ = {last_, 0};
    std::set<LayerId> read;
    for (LayerId i{0}; i <= last_; ++i)
      for (const Ref& ref : layer(i).inputs) read.insert(ref.layer);
    for (LayerId i{0}; i < last_; ++i) {
      if (!read.contains(i) && layer(i).inputs == layer(last_).inputs && layer(i).kind == layer(last_).kind &&
          row(i).outputs == row(last_).outputs) {
        end_ = {i, 0};
        break;
      }
    }
    return true;
  }

  // Which layers lead from the first input to the end, and which of their inputs are followed.
  bool find_ways() {
    PerLayer<bool> from_input;
    for (LayerId i{0}; i <= end_.layer; ++i) {
      bool from = false;
      for (const Ref& ref : layer(i).inputs) from = from || leads(ref, from_input);
      from_input.push_back(from);
    }
    if (!from_input.back()) return refuse(layer(end_.layer), "it leads to another input than the first");
    needed_.assign(from_input.size(), false);
    needed_.back() = true;
    for (LayerId i = end_.layer; !i.is_none(); --i) {
      if (!needed_[i]) continue;
      if (!row(i).refusals.empty()) return fail(row(i).refusals.front().message);
      if (row(i).outputs.empty() || row(i).inputs.size() != layer(i).inputs.size())
        return refuse(layer(i), "its shape is not known");
      std::vector<std::size_t> slots;
      for (const std::size_t slot : followed(i))
        if (leads(layer(i).inputs[slot], from_input)) slots.push_back(slot);
      if (slots.empty()) {
        const bool merge = facts(layer(i).kind).merge == Merge::adds;
        return refuse(layer(i), merge ? "none of its inputs has the shape that it returns"
                                      : "it joins " + std::to_string(layer(i).inputs.size()) + " tensors");
      }
      for (const std::size_t slot : slots) {
        const Ref in = layer(i).inputs[slot];
        if (!in.is_input()) {
          const Family family = layer(in.layer).info().family;
          if (in.output != 0 && family != Family::chunk)
            return refuse(layer(i), "it takes one of several outputs");
          needed_[in.layer] = true;
        }
        reads_[key(in)].push_back({i, slot});
      }
      slots_[i] = std::move(slots);
    }
    return true;
  }

  static bool leads(Ref ref, const PerLayer<bool>& from_input) {
    return ref.is_input() ? ref.input() == 0 : from_input[ref.layer];
  }

  // Inputs that the mirror image gives something back to. A factor is a gate: the way is the other one's.
  std::vector<std::size_t> followed(LayerId index) const {
    const LayerSpec& one = layer(index);
    const Shape& y = row(index).outputs[0];
    std::vector<std::size_t> slots;
    if (facts(one.kind).merge == Merge::adds) {
      for (std::size_t i = 0; i < one.inputs.size(); ++i)
        if (row(index).inputs[i] == y) slots.push_back(i);
      if ((one.kind == LayerKind::Mul || one.kind == LayerKind::Div) && slots.size() > 1) slots.resize(1);
    } else if (facts(one.kind).merge != Merge::none) {
      for (std::size_t i = 0; i < one.inputs.size(); ++i) slots.push_back(i);
    } else if (one.inputs.size() == 1 || facts(one.kind).effect == Effect::stated) {
      slots.push_back(0);
    }
    return slots;
  }

  std::vector<int> used_outputs(LayerId index) const {
    std::vector<int> used;
    for (int k = 0; k < static_cast<int>(row(index).outputs.size()); ++k)
      if (!reads({index, k}).empty() || (end_.layer == index && end_.output == k)) used.push_back(k);
    return used;
  }
  bool is_joint(LayerId index) const {
    const FamilyFacts& is = facts(layer(index).kind);
    return is.merge != Merge::none || (is.splits && used_outputs(index).size() > 1);
  }
  // Where a chain has to end: several take the tensor, or a joint does, or nobody.
  bool is_boundary(Ref ref) const {
    const std::vector<Read>& all = reads(ref);
    return all.size() != 1 || is_joint(all[0].layer);
  }

  void undo(LayerId index) {
    if (is_joint(index)) {
      apart(index);
      return;
    }
    const Ref tensor{index, used_outputs(index).front()};
    if (!is_boundary(tensor)) return;  // inside a chain
    std::vector<PathLayer> path;
    Ref at = tensor;
    do {
      const Ref in = layer(at.layer).inputs[slots_.at(at.layer).front()];
      path.push_back({at.layer, in, at.output});
      at = in;
    } while (!at.is_input() && !is_joint(at.layer) && !is_boundary(at));
    std::reverse(path.begin(), path.end());
    take(tensor);
    const bool forked = reads(at).size() > 1 || (!at.is_input() && facts(layer(at.layer).kind).splits);
    const bool branch = forked && reads(tensor).size() == 1;
    walk(path, fed(at), branch);
    deliver(at, plain(layer(path.front().layer)));
  }

  // Weights stand in front of a tensor.
  bool fed(Ref ref) const {
    if (ref.is_input()) return false;
    std::vector<LayerId> open{ref.layer};
    std::set<LayerId> seen;
    while (!open.empty()) {
      const LayerId index = open.back();
      open.pop_back();
      if (!seen.insert(index).second) continue;
      if (has_weights(layer(index))) return true;
      for (const Ref& in : layer(index).inputs)
        if (!in.is_input()) open.push_back(in.layer);
    }
    return false;
  }

  // Goes on from what stands for a tensor: of a fork the sum.
  void take(Ref ref) {
    std::vector<MirrorTensor> all = arrived_[key(ref)];
    // What is added to itself comes back once.
    const auto same = [](const MirrorTensor& a, const MirrorTensor& b) { return a.object == b.object; };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
    if (all.empty()) return void(fail("nothing leads back to `" + spec_.name_of(ref) + "`"));
    at_ = all.front();
    if (all.size() == 1) return;
    std::string inputs;
    bool lifted = false;
    for (const MirrorTensor& one : all) {
      inputs += (inputs.empty() ? "" : ", ") + reference(one);
      lifted = lifted || one.lifted;
    }
    const std::string name = ref.is_input() ? std::string() : plain(layer(ref.layer));
    append(LayerObject(name.empty() ? name : fresh(name + "_sum"), "Add").inputs("[" + inputs + "]"),
           shape_of(ref));
    const auto axes = static_cast<int>(shape_of(ref).size()) - 2;
    if (lifted && axes >= 1) skip(ref, name, axes);
    restore(shape_of(ref), name);
    at_.lifted = false;
  }

  void deliver(Ref ref, const std::string& name) {
    restore(shape_of(ref), name);
    arrived_[key(ref)].push_back(at_);
  }

  void apart(LayerId index) {
    const LayerSpec& one = layer(index);
    const std::vector<std::size_t>& slots = slots_.at(index);
    if (facts(one.kind).splits) return together(index);
    take({index, 0});
    if (!error_.empty()) return;
    const MirrorTensor whole = at_;
    if (facts(one.kind).merge == Merge::adds) {
      for (const std::size_t slot : slots) {
        at_ = whole;
        deliver(one.inputs[slot], {});
      }
      return;
    }
    const auto rank = static_cast<std::int64_t>(whole.shape.size());
    std::int64_t dim = one.integer(Opt::dim);
    if (dim < 0) dim += rank;
    const bool stack = facts(one.kind).merge == Merge::stacks;
    std::int64_t start = 0;
    for (std::size_t slot = 0; slot < one.inputs.size(); ++slot) {
      const Shape& part = row(index).inputs[slot];
      const std::int64_t size = stack ? 1 : part[static_cast<std::size_t>(dim)];
      if (std::find(slots.begin(), slots.end(), slot) != slots.end()) {
        at_ = whole;
        take_part(one, one.inputs[slot], dim, start, size);
        if (stack) add(LayerObject({}, "Squeeze").put("dim", dim), part);
        deliver(one.inputs[slot], {});
      }
      start += size;
    }
  }

  void take_part(const LayerSpec& one, Ref of, std::int64_t dim, std::int64_t start, std::int64_t size) {
    std::string index;
    for (std::int64_t axis = 0; axis < dim; ++axis) index += "null, ";
    index += "[" + std::to_string(start) + ", " + std::to_string(start + size) + "]";
    Shape shape = at_.shape;
    shape[static_cast<std::size_t>(dim)] = size;
    const std::string joined = plain(one);
    const std::string part = of.is_input() ? "input" : plain(layer(of.layer));
    const std::string name = joined.empty() || part.empty() ? std::string() : fresh(joined + "_" + part);
    add(LayerObject(name, "Slice").put("index", "[" + index + "]"), std::move(shape));
  }

  // What came apart is joined again.
  void together(LayerId index) {
    const LayerSpec& one = layer(index);
    const auto rank = row(index).inputs[0].size();
    const std::int64_t dim = one.integer(Opt::dim);
    const auto axis = wrapped_axis(dim, rank);
    std::vector<MirrorTensor> parts;
    for (const int output : used_outputs(index)) {
      take({index, output});
      parts.push_back(at_);
    }
    std::string inputs;
    Shape shape = parts.front().shape;
    shape[axis] = 0;
    for (const MirrorTensor& part : parts) {
      inputs += (inputs.empty() ? "" : ", ") + reference(part);
      shape[axis] += part.shape[axis];
    }
    LayerObject object(name_up(one), "Concat");
    object.inputs("[" + inputs + "]");
    if (axis != 1) object.put("dim", static_cast<std::int64_t>(axis));
    append(object, std::move(shape));
    deliver(one.inputs[0], plain(one));
  }

  Ref end_;
  LayerId last_;
  PerLayer<bool> needed_;
  std::map<LayerId, std::vector<std::size_t>> slots_;
  std::map<Key, std::vector<Read>> reads_;
  std::map<Key, std::vector<MirrorTensor>> arrived_;
};

}  // namespace

MirroredLayers mirrored_layers(const Spec& spec, const Trace& trace, const MirrorOptions& options) {
  return Mirror(spec, trace, options).result();
}

}  // namespace shapedbg
