#include "read/json/write.h"

#include <algorithm>
#include <utility>

#include "net/sharing.h"
#include "read/json/parse.h"
#include "text/distinct_edits.h"

namespace shapedbg {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// One integer stands for all axes, but for a list of any length only for itself.
std::string json_of(const Spec& spec, const OptionInfo& info, const Value& value) {
  if (std::holds_alternative<Ref>(value)) return to_json(spec, value);
  return to_json(info.type == OptType::integers ? value : short_value(value));
}

class Writer {
 public:
  Writer(const Source& source, const Rewrite& rewrite, const Spec& spec, const Moves& moves)
      : source_(source), rewrite_(rewrite), spec_(spec), moves_(moves) {}

  std::optional<Written> run() {
    for (const Move& move : moves_)
      if (!std::visit([&](const auto& one) { return perform(one); }, move)) return std::nullopt;
    if (written_.edits.empty()) return std::nullopt;
    out_of_what_goes();
    return std::move(written_);
  }

 private:
  // A layer is put in behind its neighbour in front: where that is taken out, in its place.
  void out_of_what_goes() {
    for (Edit& put : written_.edits) {
      const auto gone = std::find_if(written_.edits.begin(), written_.edits.end(), [&](const Edit& edit) {
        return edit.text.empty() && edit.offset < put.offset && put.offset < edit.offset + edit.length;
      });
      if (put.length > 0 || gone == written_.edits.end()) continue;
      const auto text = put.text.find_first_not_of(" \r\n\t");
      if (text == std::string::npos) continue;
      put = {gone->offset, 0, put.text.substr(text) + put.text.substr(0, text)};
    }
  }

  const LayerSpec& layer(LayerId index) const { return spec_.layers[index]; }

  bool put(std::vector<Edit> edits, const WrittenAt& where) {
    if (edits.empty()) return false;
    distinct_.add(std::move(edits));
    written_.at.push_back(where);
    return true;
  }

  // Whether the moves give all of them the value that is written as `json`.
  bool agree(const std::vector<std::pair<LayerId, Opt>>& all, const std::string& json) const {
    return std::all_of(all.begin(), all.end(), [&](const std::pair<LayerId, Opt>& one) {
      return std::any_of(moves_.begin(), moves_.end(), [&](const Move& move) {
        const auto* set = std::get_if<SetOption>(&move);
        if (set == nullptr || set->layer != one.first || set->opt != one.second) return false;
        const OptionValue* option = layer(set->layer).find(set->opt);
        return option != nullptr && json_of(spec_, *option->info, set->value) == json;
      });
    });
  }

  // An argument stands for these options and nothing else in its block.
  bool argument_is_theirs(const LayerSpec& one, Opt opt,
                          const std::vector<std::pair<LayerId, Opt>>& all) const {
    const Rewrite::Argument argument = rewrite_.argument(one, opt);
    if (!argument.is_argument) return true;
    std::vector<std::pair<std::size_t, Opt>> distinct;
    for (const auto& [index, its] : all) {
      const Span span = layer(index).where.span;
      if (span.begin < argument.block.begin || span.end > argument.block.end) return false;
      const std::pair<std::size_t, Opt> place{span.begin, its};
      if (std::find(distinct.begin(), distinct.end(), place) == distinct.end()) distinct.push_back(place);
    }
    return argument.occurrences == distinct.size();
  }

  bool perform(const SetOption& move) {
    const LayerSpec& one = layer(move.layer);
    const OptionValue* option = one.find(move.opt);
    if (option == nullptr) return false;
    const std::string json = json_of(spec_, *option->info, move.value);
    const std::vector<std::pair<LayerId, Opt>> all = sharers(spec_, move.layer, move.opt);
    const bool all_agree = !one.shared || agree(all, json);
    if (!all_agree) {
      Rewrite::AtUse at_use = rewrite_.set_at_use(one, move.opt, json);
      if (!at_use.edits.empty()) {
        std::vector<std::pair<LayerId, Opt>> here;
        for (const auto& other : all)
          if (same_use(layer(other.first), one)) here.push_back(other);
        const bool theirs = at_use.fresh ? !option->written || rewrite_.writes(one, move.opt)
                                         : argument_is_theirs(one, move.opt, here);
        // A use that stands in a block is written once for all uses of that.
        const bool alone_here = one.used_at.size() == 1;
        written_.exact = written_.exact && alone_here && !at_use.passes && theirs && agree(here, json);
        return put(std::move(at_use.edits), {one.used_at.front().span, true, at_use.fresh});
      }
      written_.exact = false;
    } else if (one.shared) {
      written_.exact = written_.exact && argument_is_theirs(one, move.opt, all);
    }
    return put(set_option(source_, one, move.opt, json), {one.where.span, false, false, !all_agree});
  }

  bool perform(const ReplaceOption& move) {
    const LayerSpec& one = layer(move.layer);
    const OptionValue* fresh = one.find(move.fresh);
    if (fresh == nullptr) return false;
    alone(move.layer);
    return put(
        rewrite_.replace_option(one, move.present, move.fresh, json_of(spec_, *fresh->info, move.value)),
        {one.where.span});
  }

  // What stands for several layers cannot be written for one of them.
  void alone(LayerId index) {
    if (copies(spec_, index).size() > 1) written_.exact = false;
  }

  // The name by which `ref` is meant where `one` stands; empty where another layer would be.
  std::string name_at(const LayerSpec& one, Ref ref) const {
    const auto prefix = rewrite_.prefix(one);
    const std::string name = spec_.name_of(ref);
    if (!prefix) return {};
    if (prefix->empty()) return name;
    if (ref.is_input() && (name == "input" || ref.input() == 0)) return {};
    const std::string first = name.substr(0, name.rfind(':'));
    for (std::string scope = *prefix; !scope.empty();) {
      if (spec_.find(scope + first)) return {};
      scope.pop_back();
      scope.resize(scope.rfind('.') == std::string::npos ? 0 : scope.rfind('.') + 1);
    }
    return name;
  }

  // How a layer put in front of `one` names a tensor: as `one` does, where it takes it, too.
  std::optional<std::string> text_for(const LayerSpec& one, Ref ref) const {
    for (std::size_t k = 0; k < one.inputs.size(); ++k) {
      if (one.inputs[k] != ref) continue;
      const std::string_view text = rewrite_.reference(one, k);
      if (!text.empty()) return std::string(text);
      if (k == 0 && !rewrite_.has_inputs(one)) return std::string("prev");
    }
    std::string name = name_at(one, ref);
    return name.empty() ? std::nullopt : std::optional(std::move(name));
  }

  bool perform(const InsertLayer& move) {
    switch (move.where) {
      case InsertLayer::Where::before:
        return insert_before(move);
      case InsertLayer::Where::front:
        return insert_in_front(move);
      case InsertLayer::Where::end: {
        const Ref last{spec_.layers.last_id(), 0};
        if (!move.feeds.empty() || move.inputs.empty() || move.inputs[0] != last) return false;
        // Further inputs only give sizes; where there are some, all are named.
        std::vector<std::string> names;
        for (const Ref ref : move.inputs)
          if (move.inputs.size() > 1) names.push_back(spec_.name_of(ref));
        return put(rewrite_.append(entry_text(spec_, move, move.name, names)), {});
      }
      case InsertLayer::Where::branch:
      case InsertLayer::Where::shortcut:
        return insert_in_residual(move);
    }
    return false;
  }

  bool insert_before(const InsertLayer& move) {
    const LayerSpec& one = layer(move.at);
    alone(move.at);
    const auto prefix = rewrite_.prefix(one);
    if (!prefix || !move.name.starts_with(*prefix)) return false;
    std::vector<std::string> names;
    for (const Ref ref : move.inputs) {
      auto name = text_for(one, ref);
      if (!name) return false;
      names.push_back(std::move(*name));
    }
    const std::string local = move.name.substr(prefix->size());
    const bool follows = names == std::vector<std::string>{"prev"};
    if (!put(rewrite_.insert_before(
                 one, entry_text(spec_, move, local, follows ? std::vector<std::string>{} : names)),
             {one.where.span}))
      return false;
    // What names the tensor goes on to do so, unless it is told otherwise; `prev` is the new layer.
    for (std::size_t k = 0; k < one.inputs.size(); ++k) {
      const std::string_view text = rewrite_.reference(one, k);
      const bool previous = text == "prev" || (text.empty() && !rewrite_.has_inputs(one));
      const bool fed = std::find(move.feeds.begin(), move.feeds.end(), Slot{move.at, k}) != move.feeds.end();
      if (fed == previous) continue;
      const std::string now = fed ? local : name_at(one, one.inputs[k]);
      if (text.empty() || now.empty()) return false;
      std::vector<Edit> edits = rewrite_.refer(one, k, now);
      if (edits.empty()) return false;
      std::move(edits.begin(), edits.end(), std::back_inserter(written_.edits));
    }
    return std::all_of(move.feeds.begin(), move.feeds.end(), [&](const Slot& slot) {
      return slot.layer == move.at || feeds_further(slot, *prefix, local);
    });
  }

  // A later layer that names what it takes.
  bool feeds_further(const Slot& slot, const std::string& prefix, const std::string& local) {
    const LayerSpec& reader = spec_.layer(slot.layer);
    const auto own = rewrite_.prefix(reader);
    const std::string_view text = rewrite_.reference(reader, slot.input);
    if (reader.shared || !own || *own != prefix || text.empty() || text == "prev") return false;
    std::vector<Edit> edits = rewrite_.refer(reader, slot.input, local);
    if (edits.empty()) return false;
    std::move(edits.begin(), edits.end(), std::back_inserter(written_.edits));
    return true;
  }

  bool insert_in_front(const InsertLayer& move) {
    if (move.inputs != std::vector<Ref>{Ref::of_input(0)}) return false;
    if (!put(rewrite_.insert_first(entry_text(spec_, move, move.name, {})), {})) return false;
    std::vector<Edit> edits = rewrite_.redirect(spec_.inputs[0].name, move.name);
    std::move(edits.begin(), edits.end(), std::back_inserter(written_.edits));
    return true;
  }

  bool insert_in_residual(const InsertLayer& move) {
    const LayerSpec& sum = layer(move.at);
    alone(move.at);
    const bool branch = move.where == InsertLayer::Where::branch;
    const Ref from = sum.inputs.size() == 2 ? sum.inputs[branch ? 0 : 1] : Ref{};
    if (move.inputs != std::vector<Ref>{from} || move.feeds != std::vector<Slot>{{move.at, branch ? 0u : 1u}})
      return false;
    const std::string inner = sum.name + (branch ? "." : ".shortcut.");
    const std::string local = move.name.starts_with(inner) ? move.name.substr(inner.size()) : "";
    const bool counted = local.find_first_not_of("0123456789") == std::string::npos;
    const std::string text = entry_text(spec_, move, counted ? "" : local, {});
    return put(branch ? rewrite_.append_to_branch(sum, text) : rewrite_.add_shortcut(sum, text),
               {sum.where.span});
  }

  bool perform(const RemoveLayer& move) {
    const LayerSpec& one = layer(move.layer);
    if (one.typed_as == "Residual") return false;  // its branches would go with it
    alone(move.layer);
    // A block has to use every argument and every input that it is given.
    const std::string_view text = source_.slice(one.where.span);
    if (text.find('$') != std::string_view::npos || text.find("input:") != std::string_view::npos)
      written_.exact = false;
    std::vector<Edit> edits = rewrite_.remove(one);
    if (edits.empty()) return false;
    // Who named it names what it took; who took it as the layer before does so without a word, where it
    // took its own input that way.
    const Ref gone{move.layer, 0};
    const bool follows = !rewrite_.has_inputs(one) || rewrite_.reference(one, 0) == "prev";
    for (const LayerSpec& other : spec_.layers) {
      for (std::size_t k = 0; k < other.inputs.size(); ++k) {
        if (other.inputs[k].layer != move.layer) continue;
        if (other.inputs[k] != gone) return false;
        const std::string_view name = rewrite_.reference(other, k);
        if (name.empty() || name == "prev" || name == "input") {
          if (!follows || rewrite_.prefix(other) != rewrite_.prefix(one)) return false;
          continue;
        }
        const std::string now = name_at(other, one.inputs[0]);
        std::vector<Edit> referring = now.empty() ? std::vector<Edit>{} : rewrite_.refer(other, k, now);
        if (referring.empty() || name.starts_with('$')) return false;
        std::move(referring.begin(), referring.end(), std::back_inserter(edits));
      }
      for (const OptionValue& option : other.options)
        if (const auto* ref = std::get_if<Ref>(&option.value); ref != nullptr && ref->layer == move.layer)
          return false;
    }
    return put(std::move(edits), {one.where.span});
  }

  bool perform(const TakeInput& move) {
    const LayerSpec& one = layer(move.slot.layer);
    const std::size_t k = move.slot.input;
    const std::string_view text = rewrite_.reference(one, k);
    if (!text.starts_with('$')) {
      alone(move.slot.layer);
      const std::string name = name_at(one, move.from);
      if (name.empty()) written_.exact = false;
      return put(rewrite_.refer(one, k, spec_.name_of(move.from)), {one.where.span});
    }
    // The argument of a use: it has to be taken here alone.
    const Rewrite::Argument argument = rewrite_.argument_named(one, text.substr(1));
    const auto of_this_use = std::count_if(
        spec_.layers.begin(), spec_.layers.end(),
        [&](const LayerSpec& other) { return same_use(other, one) && other.where.span == one.where.span; });
    if (argument.occurrences != 1 || of_this_use != 1 || one.used_at.size() != 1) written_.exact = false;
    if (one.used_at.empty()) return false;
    return put(rewrite_.refer_at_use(one, k, spec_.name_of(move.from)),
               {one.used_at.front().span, true, false});
  }

  bool perform(const ChangeKind& move) {
    const LayerSpec& one = layer(move.layer);
    const std::vector<LayerId> all = copies(spec_, move.layer);
    const bool agreed = std::all_of(all.begin(), all.end(), [&](LayerId other) {
      return std::find(moves_.begin(), moves_.end(), Move{ChangeKind{other, move.kind}}) != moves_.end();
    });
    const Span place = one.type_place.span;
    const bool here = place.begin >= one.where.span.begin && place.end <= one.where.span.end;
    written_.exact = written_.exact && agreed && here;
    const std::string text = to_json(Value{std::string(info(move.kind).name)});
    return put({{place.begin, place.end - place.begin, text}}, {one.where.span});
  }

  const Location* shape_of(int input) const {
    if (input >= 0) return at(input) < spec_.inputs.size() ? &spec_.inputs[at(input)].where : nullptr;
    return spec_.expect ? &spec_.expect->where : nullptr;
  }

  bool perform(const SetSize& move) {
    const Location* shape = shape_of(move.input);
    return shape != nullptr && put(rewrite_.set_size(*shape, move.axis, move.size), {shape->span});
  }

  bool perform(const InsertAxis& move) {
    const Location* shape = shape_of(move.input);
    if (shape == nullptr) return false;
    std::vector<Edit> edits = rewrite_.insert_size(*shape, move.axis, move.size);
    if (edits.empty()) return false;
    // Two axes in one place are two edits, though they are the same.
    std::move(edits.begin(), edits.end(), std::back_inserter(written_.edits));
    written_.at.push_back({shape->span});
    return true;
  }

  bool perform(const SetMultipleOf& move) {
    const FreeSize& size = spec_.free_sizes[move.free_size];
    return put(rewrite_.set_free_size(size, "multiple_of", std::to_string(move.multiple_of)),
               {size.where.span});
  }

  const Source& source_;
  const Rewrite& rewrite_;
  const Spec& spec_;
  const Moves& moves_;
  Written written_;
  DistinctEdits distinct_{written_.edits};
};

}  // namespace

std::string entry_text(const Spec& spec, const InsertLayer& layer, std::string_view name,
                       const std::vector<std::string>& inputs) {
  const KindInfo& kind = info(layer.kind);
  std::string text = "{";
  if (!name.empty()) text += R"("name": )" + to_json(Value{std::string(name)}) + ", ";
  text += R"("type": )" + to_json(Value{std::string(kind.name)});
  if (inputs.size() == 1) text += R"(, "inputs": )" + to_json(Value{inputs[0]});
  if (inputs.size() > 1) {
    text += R"(, "inputs": [)";
    for (std::size_t i = 0; i < inputs.size(); ++i) text += (i > 0 ? ", " : "") + to_json(Value{inputs[i]});
    text += "]";
  }
  for (const auto& [opt, value] : layer.options) {
    const OptionInfo* option = kind.option(to_string(opt));
    if (option != nullptr)
      text += ", \"" + std::string(to_string(opt)) + "\": " + json_of(spec, *option, value);
  }
  return text + "}";
}

std::optional<Written> write(const Source& source, const Rewrite& rewrite, const Spec& spec,
                             const Moves& moves) {
  return Writer(source, rewrite, spec, moves).run();
}

}  // namespace shapedbg
