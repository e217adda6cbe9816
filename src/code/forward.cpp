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
    for (std::size_t i = 0; i < before_.layers.size() && result_.why.empty(); ++i) {
      if (now_[i].is_none())
        leave_out(i);
      else
        layer(i, after_.layer(now_[i]));
    }
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
        input(i, k, now.inputs[k]);
  }

  void fail(const char* why) { result_.why = why; }

  const ForwardCall* call_of(std::size_t i) const {
    const auto found = calls_.find(before_.layers[i].name);
    return found == calls_.end() ? nullptr : found->second;
  }

  void leave_out(std::size_t i) {
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

  bool same_result() const {
    return std::equal(before_.outputs.begin(), before_.outputs.end(), after_.outputs.begin(),
                      after_.outputs.end(), [&](Ref a, Ref b) {
                        const auto was = before_of(b);
                        return was && *was == behind_left_out(a);
                      });
  }

  const Spec& before_;
  const Spec& after_;
  std::map<std::string_view, const ForwardCall*> calls_;     // by the layer
  std::map<std::string_view, const ConstructorCall*> rows_;  // by the module that stands in one
  std::map<TextPlace, int> runs_;                            // of a call, in all
  std::map<std::string_view, LayerId> index_;                // of the layers before
  PerLayer<LayerId> was_;  // of each layer behind the change, which it was; none: put in
  PerLayer<LayerId> now_;  // of each layer before, which it is then; none: left out
  std::map<TextPlace, Written> written_;
  mutable std::optional<Trace> trace_;  // of `after_`
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
