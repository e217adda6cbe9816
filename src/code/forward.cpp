#include "code/forward.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "code/code.h"
#include "code/function.h"
#include "infer/infer.h"
#include "net/facts.h"
#include "net/sharing.h"

namespace shapedbg {
namespace {

constexpr const char* kUnknownCall =
    "it changes what forward does, where no call is known that could be changed";

// Stands for the text of a call that something is written around.
constexpr std::string_view kWhole = "\1";

// What is written in the place of a text.
using TextPlace = std::pair<std::string, std::pair<std::size_t, std::size_t>>;  // the file, the span

class Rewiring {
 public:
  Rewiring(const Spec& before, const Spec& after, const std::vector<ForwardCall>& calls,
           const std::vector<ConstructorCall>& made)
      : before_(before), after_(after) {
    for (const ConstructorCall& one : made)
      if (!one.row.empty() && !one.step) rows_.emplace(one.module, &one);
    for (const ForwardCall& call : calls) {
      calls_.emplace(call.layer, &call);
      if (!call.returns.empty()) returned_.emplace(call.returns, &call);
      ++runs_[{call.file, {call.span.begin, call.span.end}}];
    }
    for (std::size_t i = 0; i < before.layers.size(); ++i) index_.emplace(before.layers[i].name, LayerId(i));
    for (const LayerSpec& layer : after.layers) {
      const auto found = index_.find(layer.name);
      was_.push_back(found == index_.end() ? LayerId() : found->second);
    }
    now_.assign(before.layers.size(), LayerId());
    for (std::size_t k = 0; k < was_.size(); ++k)
      if (!was_[k].is_none()) now_[was_[k]] = LayerId(k);
  }

  ForwardEdits run() {
    result_.rest = before_;
    find_what_stands_behind();
    for (std::size_t i = 0; i < before_.layers.size() && result_.why.empty(); ++i) {
      if (now_[i].is_none())
        leave_out(i);
      else
        layer(i, after_.layer(now_[i]));
    }
    for (const auto& [put, call] : behind_)
      if (result_.why.empty()) behind(put, *call);
    if (result_.why.empty() && !same_result()) result_.why = "it changes what forward returns";
    for (auto& [place, written] : written_) {
      if (!result_.why.empty()) break;
      if (written.call != nullptr) as_it_is_elsewhere(written);
      const bool elsewhere = written.fits && fits_elsewhere(place, *written.fits);
      if (written.texts.empty())
        fail("one call in forward would have to say different things");
      else if (written.count < written.runs && !elsewhere)
        fail("the call in forward that would change runs for other layers, too, which stay as they are");
      else
        result_.edits.push_back(
            {place.first,
             {place.second.first, place.second.second - place.second.first, written.texts.front()}});
    }
    if (!result_.why.empty()) result_.edits.clear();
    return std::move(result_);
  }

 private:
  struct Written {
    std::vector<std::string> texts;     // each says the right thing in all the runs that were looked at
    std::set<std::string> layers = {};  // that were looked at
    int count = 0;                      // layers of which it is said
    int runs = 0;                       // of the call around it
    // Of an input that is exchanged for another tensor.
    const ForwardCall* call = nullptr;
    std::size_t input = 0;
    // Where the text makes one of a call's tensors the size of another: the call.
    std::optional<Span> fits = {};
  };

  // A tensor that is cut or padded to the size of another one stays as it is where both have that size.
  bool fits_elsewhere(const TextPlace& place, const Span& call) {
    if (!trace_before_) trace_before_ = infer(before_);
    return std::all_of(calls_.begin(), calls_.end(), [&](const auto& one) {
      const ForwardCall& other = *one.second;
      if (other.file != place.first || other.span.begin != call.begin || other.span.end != call.end)
        return true;
      const auto at = index_.find(one.first);
      if (at == index_.end()) return false;
      const LayerId i = at->second;
      const bool changed = now_[i].is_none() ||
                           after_.layer(now_[i]).inputs.size() != before_.layer(i).inputs.size() ||
                           puts_in_front(after_.layer(now_[i]));
      const Shapes& in = trace_before_->row(i).inputs;
      return changed || (in.size() > 1 && std::all_of(in.begin(), in.end(), [&](const Shape& x) {
                           return x.size() == in[0].size() && x.size() > 2 &&
                                  std::equal(x.begin() + 2, x.end(), in[0].begin() + 2);
                         }));
    });
  }

  // Whether a layer takes something that was put in.
  bool puts_in_front(const LayerSpec& layer) const {
    return std::any_of(layer.inputs.begin(), layer.inputs.end(),
                       [&](Ref ref) { return !ref.is_input() && was_[ref.layer].is_none(); });
  }
  // What is put in makes what it takes the size of another tensor.
  bool fits_a_size(Ref now) const {
    return !now.is_input() && was_[now.layer].is_none() && after_.layer(now.layer).has(Opt::size_like);
  }

  // The tensor of the network before; nothing of what was put in.
  std::optional<Ref> before_of(Ref ref) const {
    if (ref.is_input()) return ref;
    const LayerId was = was_[ref.layer];
    return was.is_none() ? std::nullopt : std::optional(Ref{was, ref.output});
  }

  // What stands for a tensor of the network before when layers are left out.
  Ref behind_left_out(Ref ref) const {
    while (!ref.is_input() && now_[ref.layer].is_none() && !before_.layer(ref.layer).inputs.empty())
      ref = before_.layer(ref.layer).inputs[0];
    return ref;
  }

  void layer(std::size_t i, const LayerSpec& now) {
    const LayerSpec& was = before_.layers[i];
    LayerSpec& rest = result_.rest.layers[i];
    rest.kind = now.kind;
    rest.options = now.options;
    for (const OptionValue& option : now.options) {
      const Ref* ref = std::get_if<Ref>(&option.value);
      if (ref == nullptr) continue;
      const auto known = before_of(*ref);
      if (!known) return fail(kUnknownCall);
      rest.set(option.info->opt, Value{*known});
    }
    if (was.inputs.size() != now.inputs.size()) return fail(kUnknownCall);
    for (std::size_t k = 0; k < was.inputs.size() && result_.why.empty(); ++k)
      if (const auto same = before_of(now.inputs[k]); !same || *same != behind_left_out(was.inputs[k]))
        if (!stands_behind(now.inputs[k])) input(i, k, now.inputs[k]);
  }

  // What is put in and is written behind the call whose result it takes: self.conv(x)[:, :, :-2].
  bool stands_behind(Ref now) const {
    return !now.is_input() && now.output == 0 && behind_.contains(now.layer);
  }

  // What was there before in front of layers that are put in one behind the other.
  std::optional<Ref> base_of(Ref now) const {
    while (!now.is_input() && was_[now.layer].is_none()) {
      const LayerSpec& put = after_.layer(now.layer);
      if (put.inputs.empty() || now.output != 0) return std::nullopt;
      now = put.inputs[0];
    }
    return before_of(now);
  }

  static std::vector<Ref> results_of(const Spec& spec) {
    if (!spec.outputs.empty() || spec.layers.empty()) return spec.outputs;
    return {Ref{spec.layers.last_id(), 0}};
  }

  // Who takes each tensor of the network before, where layers that are left out do not count.
  using Key = std::pair<LayerId, int>;
  std::map<Key, std::vector<std::pair<std::size_t, std::size_t>>> readers() const {
    std::map<Key, std::vector<std::pair<std::size_t, std::size_t>>> found;
    for (std::size_t i = 0; i < before_.layers.size(); ++i) {
      if (now_[i].is_none()) continue;
      const auto& inputs = before_.layers[i].inputs;
      for (std::size_t k = 0; k < inputs.size(); ++k)
        if (const Ref taken = behind_left_out(inputs[k]); !taken.is_input())
          found[{taken.layer, taken.output}].push_back({i, k});
    }
    return found;
  }

  // Layers put in that all who took a tensor take in its place, and that are no change of one input alone:
  // several take it or forward returns it, or nothing is known of the one call that takes it, or what a
  // convolution looks back too far is cut off.
  void find_what_stands_behind() {
    const std::vector<Ref> results = results_of(before_);
    const std::vector<Ref> then = results_of(after_);
    if (results.size() != then.size() || was_.size() == before_.layers.size()) return;
    const auto all = readers();
    for (std::size_t k = 0; k < after_.layers.size(); ++k) {
      const Ref put{LayerId(k), 0};
      const auto base = was_[k].is_none() ? base_of(put) : std::nullopt;
      if (!base || base->is_input() || base->output != 0) continue;
      const auto call = returned_.find(before_.layer(base->layer).name);
      if (call == returned_.end()) continue;
      bool same = true;
      bool returned = false;
      for (std::size_t r = 0; r < results.size(); ++r) {
        if (results[r] != *base) continue;
        returned = true;
        same = same && then[r] == put;
      }
      bool known = true;
      const auto its = all.find({base->layer, base->output});
      const std::size_t count = its == all.end() ? 0 : its->second.size();
      for (std::size_t n = 0; n < count && same; ++n) {
        const auto& [i, input] = its->second[n];
        const auto& inputs = after_.layer(now_[i]).inputs;
        same = input < inputs.size() && inputs[input] == put;
        const ForwardCall* takes = taken_by(i, input);
        known = takes != nullptr && input < takes->inputs.size() && takes->inputs[input];
      }
      if (same && (returned || count > 1 || (count == 1 && (!known || cuts_the_padding(k, *call->second)))))
        behind_.emplace(LayerId(k), call->second);
    }
  }

  void behind(LayerId put, const ForwardCall& call) {
    const auto base = base_of({put, 0});
    taken_whole_ = *base;
    bool known = true;
    std::string text = cuts_the_padding(put.place(), call) ? cut_text(after_.layer(put), call)
                                                           : made({put, 0}, call, base->layer.place(), known);
    taken_whole_.reset();
    const std::size_t at = text.find(kWhole);
    if (!known || at == std::string::npos || text.find(kWhole, at + 1) != std::string::npos)
      return fail(kUnknownCall);
    const std::size_t begin = call.span.begin, end = call.span.end;
    if (at > 0) write(call, {begin, begin}, text.substr(0, at));
    if (at + kWhole.size() < text.size()) write(call, {end, end}, text.substr(at + kWhole.size()));
  }

  // A Slice that cuts as many places off the end of an axis as its convolution is padded by there.
  bool cuts_the_padding(std::size_t put, const ForwardCall& call) const {
    const LayerSpec& cut = after_.layers[put];
    if (call.called.empty() || cut.broken || cut.info().family != Family::slice || cut.inputs.size() != 1)
      return false;
    const auto taken = before_of(cut.inputs[0]);
    if (!taken || taken->is_input() || call.layer != call.returns) return false;
    const LayerSpec& conv = before_.layer(taken->layer);
    if (conv.broken || conv.info().family != Family::conv) return false;
    const OptionValue* padding = conv.find(Opt::padding);
    if (padding == nullptr || std::holds_alternative<std::string>(padding->value)) return false;
    const OptionValue* index = cut.find(Opt::index);
    const auto* ranges = index == nullptr ? nullptr : std::get_if<std::vector<SliceRange>>(&index->value);
    if (ranges == nullptr || ranges->size() < 3) return false;
    const std::size_t axis = ranges->size() - 3;
    const SliceRange& last = ranges->back();
    return std::all_of(ranges->begin(), ranges->end() - 1,
                       [](const SliceRange& r) { return r == SliceRange{}; }) &&
           axis < conv.axis_count() && last.stop < 0 &&
           last.stop == -window_of(conv, static_cast<int>(axis)).before &&
           (last.start == SliceRange::open || last.start == 0) && last.step == 1;
  }

  // It is said as the module says it, which is right for all that one call runs: conv(x)[:, :,
  // :-conv.padding[0]].
  static std::string cut_text(const LayerSpec& cut, const ForwardCall& call) {
    const auto& ranges = std::get<std::vector<SliceRange>>(cut.find(Opt::index)->value);
    std::string text(kWhole);
    text += "[";
    for (std::size_t k = 0; k + 1 < ranges.size(); ++k) text += ":, ";
    return text + ":-" + call.called + ".padding[" + std::to_string(ranges.size() - 3) + "]]";
  }

  // The call that takes input `k` of a layer; of a module that takes a step of its own in front,
  // unsqueeze(0), which is left out, that of the step.
  const ForwardCall* taken_by(std::size_t i, std::size_t k) const {
    const ForwardCall* call = call_of(i);
    if (call != nullptr || k > 0) return call;
    const Ref from = before_.layers[i].inputs[0];
    const bool own = !from.is_input() && now_[from.layer].is_none() &&
                     module_of(before_.layer(from.layer)) == module_of(before_.layers[i]);
    return own ? call_of(from.layer.place()) : nullptr;
  }

  // A step that a recurrent module takes besides, for a sample without a batch: it goes when a batch comes.
  bool of_a_module_that_stays(std::size_t i) const {
    const LayerSpec& gone = before_.layers[i];
    const Family family = gone.info().family;
    if (family != Family::squeeze && family != Family::unsqueeze) return false;
    for (std::size_t k = 0; k < before_.layers.size(); ++k)
      if (!now_[k].is_none() && before_.layers[k].info().family == Family::recurrent &&
          module_of(before_.layers[k]) == module_of(gone))
        return true;
    return false;
  }

  void fail(const char* why) { result_.why = why; }

  const ForwardCall* call_of(std::size_t i) const {
    const auto found = calls_.find(before_.layers[i].name);
    return found == calls_.end() ? nullptr : found->second;
  }

  void leave_out(std::size_t i) {
    if (of_a_module_that_stays(i)) return;
    const ForwardCall* call = call_of(i);
    if (call == nullptr || call->front || before_.layers[i].inputs.empty() || call->inputs.empty() ||
        call->inputs.size() != before_.layers[i].inputs.size() || !call->inputs[0])
      return fail(kUnknownCall);
    // Over several lines a text needs the parentheses that were those of the call.
    const std::string& text = call->inputs[0]->text;
    write(*call, call->span, text.find('\n') == std::string::npos ? text : "(" + text + ")");
  }

  void input(std::size_t i, std::size_t k, Ref now) {
    const ForwardCall* call = call_of(i);
    if ((call == nullptr || call->front) && in_its_row(i, now)) return;
    if (call == nullptr) call = taken_by(i, k);
    if (call == nullptr || call->inputs.size() != before_.layers[i].inputs.size() || !call->inputs[k])
      return fail(kUnknownCall);
    bool known = true;
    const std::string text = text_of(now, *call, i, known);
    if (!known || text.empty()) return fail(kUnknownCall);
    write(*call, call->inputs[k]->span, text);
    if (fits_a_size(now)) written_[place_of(*call, call->inputs[k]->span)].fits = call->span;
    const auto was = before_of(now);
    if (!was || !result_.why.empty()) return;
    // By any name that is right in all the runs of the call.
    Written& written = written_[place_of(*call, call->inputs[k]->span)];
    std::vector<std::string> all = names_of(*was, *call);
    all.insert(all.begin(), text);
    if (written.call == nullptr)
      written.texts = all;
    else
      keep(written.texts, all);
    written.call = call;
    written.input = k;
  }

  // In the other runs of a call the name has to stand for the tensor that is taken there.
  void as_it_is_elsewhere(Written& written) {
    for (const auto& [layer, call] : calls_) {
      const auto at = index_.find(layer);
      if (call->file != written.call->file || call->span != written.call->span ||
          written.layers.contains(call->layer) || at == index_.end())
        continue;
      const auto& inputs = before_.layer(at->second).inputs;
      if (written.input >= inputs.size()) return;
      keep(written.texts, names_of(inputs[written.input], *call));
      ++written.count;
    }
  }

  static void keep(std::vector<std::string>& texts, const std::vector<std::string>& others) {
    std::erase_if(texts, [&](const std::string& text) {
      return std::find(others.begin(), others.end(), text) == others.end();
    });
  }

  std::vector<std::string> names_of(Ref tensor, const ForwardCall& call) const {
    std::vector<std::string> names;
    for (const ForwardCall::Name& name : call.names) {
      const bool same = tensor.is_input() ? name.input == static_cast<int>(tensor.input())
                                          : name.input < 0 && name.output == tensor.output &&
                                                name.layer == before_.layer(tensor.layer).name;
      if (same) names.push_back(name.text);
    }
    return names;
  }

  // What is put in between two modules of a row: nn.Flatten() in front of nn.Linear(2048, 10).
  bool in_its_row(std::size_t i, Ref now) {
    const auto found = rows_.find(module_of(before_.layers[i]));
    if (found == rows_.end() || before_.layers[i].inputs.size() != 1 || now.is_input() || now.output != 0 ||
        !was_[now.layer].is_none())
      return false;
    const LayerSpec& put = after_.layer(now.layer);
    if (put.broken || put.inputs.size() != 1) return false;
    const auto taken = before_of(put.inputs[0]);
    if (!taken || *taken != before_.layers[i].inputs[0]) return false;
    if (!trace_) trace_ = infer(after_);
    std::string text = module_code(put, trace_->row(now.layer), Language::python);
    if (!text.starts_with("nn.") || text.find('\n') != std::string::npos) return false;
    const ConstructorCall& at = *found->second;
    text.replace(0, 3, at.row);
    write(at.file, {at.span.begin, at.span.begin}, text + at.between, at.makes);
    return true;
  }

  static TextPlace place_of(const ForwardCall& call, Span span) {
    return {call.file, {span.begin, span.end}};
  }
  void write(const ForwardCall& call, Span span, const std::string& text) {
    write(call.file, span, text, runs_[place_of(call, call.span)]);
    written_[place_of(call, span)].layers.insert(call.layer);
  }
  void write(const std::string& file, Span span, const std::string& text, int runs) {
    Written& written = written_[{file, {span.begin, span.end}}];
    if (written.count == 0) written.texts = {text};
    if (written.call == nullptr) keep(written.texts, {text});
    written.runs = runs;
    ++written.count;
  }

  // What the author calls a tensor at the call of layer `i`, or the text that makes what is put in.
  std::string text_of(Ref now, const ForwardCall& call, std::size_t i, bool& known) const {
    const auto was = before_of(now);
    if (!was) return made(now, call, i, known);
    if (taken_whole_ && *was == *taken_whole_) return std::string(kWhole);
    const auto& inputs = before_.layers[i].inputs;
    for (std::size_t k = 0; k < inputs.size(); ++k)
      if (behind_left_out(inputs[k]) == *was && call.inputs[k])
        return call.inputs[k]->plain ? call.inputs[k]->text : "(" + call.inputs[k]->text + ")";
    const std::vector<std::string> names = names_of(*was, call);
    known = known && !names.empty();
    return names.empty() ? std::string() : names.front();
  }

  // The text of a layer that is put in, with the author's own texts for what it takes.
  std::string made(Ref now, const ForwardCall& call, std::size_t i, bool& known) const {
    const LayerSpec& layer = after_.layer(now.layer);
    if (now.output != 0 || layer.broken) {
      known = false;
      return {};
    }
    if (!trace_) trace_ = infer(after_);
    CodeNames names;
    bool lines = false;  // of the author's own
    const auto text_there = [&](Ref ref) {
      std::string there = text_of(ref, call, i, known);
      lines = lines || there.find('\n') != std::string::npos;
      return there;
    };
    names.tensor = text_there;
    names.result = [](LayerId) { return std::string("x"); };
    names.module = [](LayerId) { return std::string(); };
    names.indices = names.result;
    std::string text;
    if (layer.info().family == Family::unflatten)
      text = with_axes(layer, text_there);
    else if (layer.info().family == Family::reshape && layer.inputs.size() > 1)
      text = with_sizes(layer, call, text_there(layer.inputs[0]));
    else if (module_code(layer, trace_->row(now.layer), Language::python).empty())
      text = step_code(after_, *trace_, now.layer, Language::python, names);
    else if (!layer.inputs.empty())
      text = function_call(layer, trace_->row(now.layer), text_there(layer.inputs[0]));
    if (text.empty() || (!lines && text.find('\n') != std::string::npos)) known = false;
    const auto named = known ? in_names_of_file(text, call) : std::nullopt;
    known = named.has_value();
    return named.value_or("");
  }

  // Axes of one entry are put behind the others by an index, scale[:, :, None, None]; it says the same of
  // tensors of any size.
  template <class TextThere>
  static std::string with_axes(const LayerSpec& layer, const TextThere& text_there) {
    const auto* whole = layer.expressions(Opt::unflattened_size);
    std::vector<std::int64_t> sizes;
    for (const Expression& one : whole == nullptr ? std::vector<Expression>() : *whole)
      sizes.push_back(one.is_constant() ? one.constant() : -1);
    const std::int64_t dim = layer.integer(Opt::dim);
    if (sizes.empty() || dim < 0) return {};
    if (!std::all_of(sizes.begin() + 1, sizes.end(), [](std::int64_t one) { return one == 1; })) return {};
    std::string text = text_there(layer.inputs[0]) + "[";
    for (std::int64_t axis = 0; axis <= dim; ++axis) text += axis == 0 ? ":" : ", :";
    for (std::size_t one = 1; one < sizes.size(); ++one) text += ", None";
    return text + "]";
  }

  // What a size of a tensor is called at a call: "b", "x.shape[0]"; empty where nothing is.
  std::string size_name(Ref tensor, int axis, const ForwardCall& call) const {
    const auto stands_for = [&](const ForwardCall::Name& name) {
      return tensor.is_input() ? name.input == static_cast<int>(tensor.input())
                               : name.input < 0 && name.output == tensor.output &&
                                     name.layer == before_.layer(tensor.layer).name;
    };
    for (const ForwardCall::SizeName& one : call.sizes)
      if (one.axis == axis && stands_for(one)) return one.text;
    for (const ForwardCall::SizeName& one : call.sizes)
      if (one.axis < 0 && stands_for(one)) return one.text + "[" + std::to_string(axis) + "]";
    const std::vector<std::string> names = names_of(tensor, call);
    return names.empty() ? std::string() : names.front() + ".shape[" + std::to_string(axis) + "]";
  }

  // A tensor in a shape of which another tensor says sizes: f.reshape(b, t, -1).
  std::string with_sizes(const LayerSpec& layer, const ForwardCall& call, const std::string& x) const {
    const auto* shape = layer.expressions(Opt::shape);
    std::string text;
    for (const Expression& size : shape == nullptr ? std::vector<Expression>() : *shape) {
      const Expression::Node& node = size.nodes().back();
      std::string one;
      if (size.is_constant()) {
        one = std::to_string(size.constant());
      } else if (node.op == Expression::Op::axis && node.input > 0 &&
                 static_cast<std::size_t>(node.input) < layer.inputs.size()) {
        const auto from = before_of(layer.inputs[static_cast<std::size_t>(node.input)]);
        if (from) one = size_name(*from, static_cast<int>(node.value), call);
      } else if (node.op == Expression::Op::axis && node.input == 0) {
        one = x + ".shape[" + std::to_string(node.value) + "]";
      }
      if (one.empty()) return {};
      text += (text.empty() ? "" : ", ") + one;
    }
    return text.empty() ? text : x + ".reshape(" + text + ")";
  }

  bool same_result() const {
    const std::vector<Ref> was = results_of(before_);
    const std::vector<Ref> now = results_of(after_);
    return std::equal(was.begin(), was.end(), now.begin(), now.end(), [&](Ref a, Ref b) {
      const auto same = stands_behind(b) ? base_of(b) : before_of(b);
      return same && *same == behind_left_out(a);
    });
  }

  const Spec& before_;
  const Spec& after_;
  std::map<std::string_view, const ForwardCall*> calls_;     // by the layer
  std::map<std::string_view, const ConstructorCall*> rows_;  // by the module that stands in one
  std::map<std::string_view, const ForwardCall*> returned_;  // by the layer whose result a call returns
  std::map<TextPlace, int> runs_;                            // of a call, in all
  std::map<std::string_view, LayerId> index_;                // of the layers before
  PerLayer<LayerId> was_;  // of each layer behind the change, which it was; none: put in
  PerLayer<LayerId> now_;  // of each layer before, which it is then; none: left out
  std::map<TextPlace, Written> written_;
  std::map<LayerId, const ForwardCall*> behind_;  // what is put in, by the call that it is written behind
  std::optional<Ref> taken_whole_;                // the tensor of that call, while its text is made
  mutable std::optional<Trace> trace_;            // of `after_`
  std::optional<Trace> trace_before_;
  ForwardEdits result_;
};

}  // namespace

bool is_rewired(const Spec& before, const Spec& after) {
  return !std::equal(
      before.layers.begin(), before.layers.end(), after.layers.begin(), after.layers.end(),
      [](const LayerSpec& a, const LayerSpec& b) { return a.name == b.name && a.inputs == b.inputs; });
}

std::optional<std::string> in_names_of_file(std::string_view text, const ForwardCall& call) {
  const std::string functional =
      call.functional.empty() && !call.torch.empty() ? call.torch + ".nn.functional" : call.functional;
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const bool starts = at == 0 || text[at - 1] == '(' || text[at - 1] == ' ' || text[at - 1] == '[';
    const std::string_view rest = text.substr(at);
    const bool of_torch = starts && rest.starts_with("torch.");
    if (!of_torch && !(starts && rest.starts_with("F."))) {
      result += text[at++];
      continue;
    }
    const std::string& name = of_torch ? call.torch : functional;
    if (name.empty()) return std::nullopt;
    result += name;
    at += of_torch ? 5 : 1;
  }
  return result;
}

ForwardEdits forward_edits(const Spec& before, const Spec& after, const std::vector<ForwardCall>& calls,
                           const std::vector<ConstructorCall>& made) {
  return Rewiring(before, after, calls, made).run();
}

}  // namespace shapedbg
