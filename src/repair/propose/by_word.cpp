// A number of a block that has to follow an argument of it: the padding of a convolution whose dilation is
// `$d`, the channels that are a multiple of `$out`, a shortcut beside a branch that steps by `$s`. One edit
// in the block is right for all of its uses.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>

#include "flow/path.h"
#include "net/sharing.h"
#include "read/json/json.h"
#include "read/json/parse.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

class Words {
 public:
  Words(const Situation& s, std::vector<Candidate>& out) : s_(s), out_(out) {}

  // padding = d(k-1)/2 wherever a dilation is an argument and the kernel is odd.
  void keep_sizes() {
    Candidate candidate;
    candidate.kind = FixKind::window;
    std::vector<std::string> names;
    std::string text;
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i) {
      const LayerSpec& one = s_.spec.layers[i];
      if (one.broken || !one.shared || one.info().family != Family::conv || first_copy(i) != i) continue;
      const std::string dilation = text_of(one, "dilation");
      const std::vector<LayerId> all = copies(s_.spec, LayerId(i));
      const auto half = half_kernel(all);
      if (!is_word(dilation) || !half || keeps_all(all)) continue;
      text = *half == 1 ? dilation : dilation + "*" + std::to_string(*half);
      if (!put(
              all, Opt::padding, text, [&](const LayerSpec& at) { return window_of(at, 0).d * *half; },
              candidate))
        return;
      names.push_back("`" + one.name + "`");
    }
    if (names.empty()) return;
    std::string title = "set padding to \"" + text + "\" on ";
    for (std::size_t n = 0; n < names.size(); ++n)
      title += (n == 0 ? "" : n + 1 == names.size() ? " and " : ", ") + names[n];
    offer(std::move(candidate), std::move(title));
  }

  // A layer of a block that gets the same multiple of its channels in each use.
  void multiply_channels() {
    const auto fault = first_fault(s_.trace);
    if (!fault) return;
    const LayerSpec& one = s_.spec.layer(*fault);
    const Code code = s_.trace.row(*fault).refusals[0].code;
    if (!one.shared || one.broken || (code != Code::L203 && code != Code::L209)) return;
    for (const Opt opt : {Opt::in_channels, Opt::in_features, Opt::num_features}) {
      if (one.find(opt) == nullptr || !one.find(opt)->written) continue;
      const std::string word = text_of(one, std::string(to_string(opt)));
      const std::vector<LayerId> all = copies(s_.spec, *fault);
      const auto factor = factor_of(all, opt);
      if (!is_word(word) || !factor) return;
      Candidate candidate;
      candidate.kind = FixKind::channels;
      const std::string text = word + "*" + std::to_string(*factor);
      if (!put(
              all, opt, text, [&](const LayerSpec& at) { return at.integer(opt) * *factor; }, candidate))
        return;
      offer(std::move(candidate),
            "set " + std::string(to_string(opt)) + " to \"" + text + "\" on `" + one.name + "`");
    }
  }

  // A layer of a block that makes a fixed part of the channels that are wanted in each use, as in front of a
  // gate that halves them.
  void multiply_made() {
    const auto fault = first_fault(s_.trace);
    if (!fault) return;
    const Code code = s_.trace.row(*fault).refusals[0].code;
    if (code != Code::L203 && code != Code::L209 && code != Code::L208) return;
    for (std::size_t i = fault->place(); i-- > 0;) {
      const LayerSpec& one = s_.spec.layers[i];
      if (!one.shared || one.broken || first_copy(i) != i) continue;
      for (const Opt opt : {Opt::out_channels, Opt::out_features}) {
        if (one.find(opt) == nullptr || !is_word(text_of(one, std::string(to_string(opt))))) continue;
        for (const std::int64_t factor : {2, 3, 4})
          if (multiply(copies(s_.spec, LayerId(i)), opt, factor)) break;
      }
    }
  }

  // An option of a layer of a block that follows another one of the layer: a padding of half the kernel or
  // half the stride, as the arguments of each use want it.
  void follow_a_word() {
    constexpr int most = 16;
    int tried = 0;
    for (std::size_t i = 0; i < s_.spec.layers.size() && tried < most; ++i) {
      const LayerSpec& one = s_.spec.layers[i];
      if (!one.shared || one.broken || !has_free_window(one.info().family) || first_copy(i) != i) continue;
      ++tried;
      const std::vector<LayerId> all = copies(s_.spec, LayerId(i));
      for (const Opt from : {Opt::kernel_size, Opt::stride, Opt::dilation}) {
        if (one.find(from) == nullptr || !is_word(text_of(one, std::string(to_string(from))))) continue;
        // Where all uses give one number, a number says it.
        const bool differ = std::any_of(all.begin(), all.end(), [&](LayerId at) {
          return s_.spec.layer(at).axes(from) != one.axes(from);
        });
        for (const Opt opt : {Opt::padding, Opt::output_padding})
          if (differ && one.find(opt) != nullptr) follow(all, from, opt);
      }
    }
  }

  // A Residual of a block whose branch steps by `$s` or makes `$out` channels: a convolution over single
  // places does the same in its shortcut.
  void shortcut() {
    const auto fault = first_fault(s_.trace);
    if (!fault) return;
    const LayerSpec& sum = s_.spec.layer(*fault);
    if (sum.typed_as != "Residual" || !sum.shared) return;
    std::vector<std::int64_t> channels, strides;
    const std::vector<LayerId> all = copies(s_.spec, *fault);
    for (const LayerId copy : all) {
      const auto step = stride_between(s_.trace.row(copy));
      if (!step) return;
      strides.push_back(*step);
      channels.push_back(s_.trace.row(copy).inputs[0][1]);
    }
    const std::string made = text_for(*fault, Opt::out_channels, channels);
    const std::string stride = text_for(*fault, Opt::stride, strides);
    // Where numbers say it, they are said (by_layers.cpp).
    if (made.empty() || stride.empty() || (made[0] != '"' && stride[0] != '"')) return;
    const Shape& branch = s_.trace.row(*fault).inputs[0];
    const std::string object = R"({"type": "Conv)" + std::to_string(branch.size() - 2) +
                               R"(d", "out_channels": )" + made + R"(, "kernel_size": 1)" +
                               (stride == "1" ? "" : R"(, "stride": )" + stride) + "}";
    Candidate candidate;
    candidate.kind = FixKind::projection;
    for (const LayerId copy : all)
      candidate.changes.push_back({s_.spec.layer(copy).name + ".shortcut.0", "layer", "null", object});
    add_edits(s_.rewrite.add_shortcut(sum, object), candidate);
    candidate.inserted = 1;
    const std::string what = (made[0] == '"' ? " to " + made + " channels" : std::string()) +
                             (stride == "1" ? "" : " of stride " + stride);
    if (!candidate.edits.empty())
      offer(std::move(candidate), "give `" + sum.name + "` a shortcut of kernel_size 1" + what);
  }

 private:
  void follow(const std::vector<LayerId>& all, Opt from, Opt opt) {
    struct Follows {
      Opt from;
      Opt opt;
      const char* text;  // W is the word
      std::int64_t (*number)(std::int64_t);
    };
    static constexpr Follows ways[] = {
        {Opt::kernel_size, Opt::padding, "W//2", [](std::int64_t w) { return w / 2; }},
        {Opt::kernel_size, Opt::padding, "(W-1)//2", [](std::int64_t w) { return (w - 1) / 2; }},
        {Opt::stride, Opt::padding, "W//2", [](std::int64_t w) { return w / 2; }},
        {Opt::stride, Opt::padding, "(W+1)//2", [](std::int64_t w) { return (w + 1) / 2; }},
        {Opt::dilation, Opt::padding, "W", [](std::int64_t w) { return w; }},
        {Opt::stride, Opt::output_padding, "W-1", [](std::int64_t w) { return w - 1; }},
        {Opt::stride, Opt::output_padding, "W-W//2*2", [](std::int64_t w) { return w % 2; }},
    };
    const LayerSpec& one = s_.spec.layer(all[0]);
    const std::string word = text_of(one, std::string(to_string(from)));
    for (const Follows& way : ways) {
      if (way.from != from || way.opt != opt) continue;
      std::vector<Set> sets;
      std::int64_t off = 0;
      bool sound = true;
      for (const LayerId i : all) {
        const LayerSpec& at = s_.spec.layer(i);
        const OptionValue* option = at.find(opt);
        const std::int64_t value = way.number(at.axes(from)[0]);
        sound = sound && option != nullptr && !std::holds_alternative<std::string>(option->value) &&
                value >= option->info->min && value <= option->info->max;
        if (!sound) break;
        LayerSpec then = at;
        then.set(opt, Value{std::vector<std::int64_t>(at.axis_count(), value)});
        const Window w = window_of(then, 0);
        off += std::abs(w.reach() + 1 - w.before - w.after + w.output_padding - w.s);
        sets.push_back({i, opt, then.find(opt)->value});
      }
      if (!sound || !s_.trials().close(sets, s_.steps)) continue;
      std::string text = way.text;
      for (std::size_t at = text.find('W'); at != std::string::npos; at = text.find('W', at + word.size()))
        text.replace(at, 1, word);
      Candidate candidate;
      candidate.kind = FixKind::window;
      // A stage that divides or multiplies by just its stride is what was meant.
      candidate.amount = 1 + off;
      const auto number = [&](const LayerSpec& at) { return way.number(at.axes(from)[0]); };
      if (put(all, opt, text, number, candidate) &&
          offer(std::move(candidate),
                "set " + std::string(to_string(opt)) + " to \"" + text + "\" on `" + one.name + "`"))
        return;
    }
  }

  bool multiply(const std::vector<LayerId>& all, Opt opt, std::int64_t factor) {
    std::vector<Set> sets;
    for (const LayerId i : all) {
      const LayerSpec& at = s_.spec.layer(i);
      if (!at.has(opt) || at.integer(opt) > huge_size / factor) return false;
      sets.push_back({i, opt, Value{at.integer(opt) * factor}});
    }
    if (!s_.trials().close(sets, s_.steps)) return false;
    const LayerSpec& one = s_.spec.layer(all[0]);
    const std::string text = text_of(one, std::string(to_string(opt))) + "*" + std::to_string(factor);
    Candidate candidate;
    candidate.kind = FixKind::channels;
    // The word already says what is wanted behind the part that is taken away.
    candidate.amount = -1;
    return put(
               all, opt, text, [&](const LayerSpec& at) { return at.integer(opt) * factor; }, candidate) &&
           offer(std::move(candidate),
                 "set " + std::string(to_string(opt)) + " to \"" + text + "\" on `" + one.name + "`");
  }

  // By which stride a convolution over single places makes the size of input 0 of input 1; nothing where none
  // does.
  static std::optional<std::int64_t> stride_between(const LayerTrace& row) {
    if (row.inputs.size() != 2) return std::nullopt;
    const Shape& branch = row.inputs[0];
    const Shape& taken = row.inputs[1];
    if (branch.size() != taken.size() || branch.size() < 3 || branch.size() > 5 || branch[0] != taken[0])
      return std::nullopt;
    std::int64_t stride = 0;
    for (std::size_t k = 2; k < branch.size(); ++k) {
      if (branch[k] < 1 || taken[k] < 1) return std::nullopt;
      const std::int64_t step = (taken[k] + branch[k] - 1) / branch[k];
      if ((taken[k] - 1) / step + 1 != branch[k] || (stride != 0 && step != stride)) return std::nullopt;
      stride = step;
    }
    return stride;
  }

  // How the block says the numbers that its uses want: one number, or a word that the branch of the Residual
  // has for the same option. Empty where it has none.
  std::string text_for(LayerId sum, Opt opt, const std::vector<std::int64_t>& wanted) const {
    if (std::equal(wanted.begin() + 1, wanted.end(), wanted.begin())) return std::to_string(wanted[0]);
    const std::vector<Ref>& inputs = s_.spec.layer(sum).inputs;
    for (const LayerId i : s_.path_to(inputs[0])) {
      const LayerSpec& one = s_.spec.layer(i);
      if (i <= inputs[1].layer || one.broken || one.find(opt) == nullptr) continue;
      const std::string text = text_of(one, std::string(to_string(opt)));
      const std::vector<LayerId> all = copies(s_.spec, i);
      bool same = is_word(text) && all.size() == wanted.size();
      for (std::size_t k = 0; k < all.size() && same; ++k)
        same = s_.spec.layer(all[k]).axes(opt)[0] == wanted[k];
      if (same) return to_json(Value{text});
    }
    return {};
  }

  std::size_t first_copy(std::size_t i) const {
    const std::vector<LayerId> all = copies(s_.spec, LayerId(i));
    return (*std::min_element(all.begin(), all.end())).place();
  }

  // What the object of the layer itself has for a key: its place, and the text where that is a string.
  struct Member {
    Span span;
    std::string text;
  };
  std::optional<Member> member_of(const LayerSpec& layer, const std::string& key) const {
    const Source object("", std::string(s_.source.slice(layer.where.span)));
    std::vector<Finding> findings;
    const json::Document document(object, findings);
    if (document.empty() || document.root().type != json::Type::object) return std::nullopt;
    const json::Node* member = document.find(document.root(), key);
    if (member == nullptr) return std::nullopt;
    const std::size_t from = layer.where.span.begin;
    return Member{{from + member->span.begin, from + member->span.end},
                  std::string(member->type == json::Type::string ? member->text() : std::string_view())};
  }
  std::string text_of(const LayerSpec& layer, const std::string& key) const {
    const auto member = member_of(layer, key);
    return member ? member->text : std::string();
  }

  static bool is_word(std::string_view text) {
    return text.size() > 1 && text[0] == '$' &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", 1) ==
               std::string_view::npos;
  }

  // (k-1)/2 where that is whole, the same on all axes and in all uses, and every stride is 1.
  std::optional<std::int64_t> half_kernel(const std::vector<LayerId>& all) const {
    std::optional<std::int64_t> half;
    for (const LayerId i : all) {
      const LayerSpec& one = s_.spec.layer(i);
      const OptionValue* padding = one.find(Opt::padding);
      if (padding == nullptr || std::holds_alternative<std::string>(padding->value)) return std::nullopt;
      for (int a = 0; a < one.info().axes; ++a) {
        const Window w = window_of(one, a);
        if (w.s != 1 || w.k % 2 == 0 || w.k < 3 || w.d != window_of(one, 0).d) return std::nullopt;
        if (half && *half != w.k / 2) return std::nullopt;
        half = w.k / 2;
      }
    }
    return half;
  }

  bool keeps_all(const std::vector<LayerId>& all) const {
    return std::all_of(all.begin(), all.end(), [&](LayerId i) {
      const Window w = window_of(s_.spec.layer(i), 0);
      return 2 * w.before == w.reach();
    });
  }

  // By how much more than its option each of the layers gets; nothing where that differs.
  std::optional<std::int64_t> factor_of(const std::vector<LayerId>& all, Opt opt) const {
    std::optional<std::int64_t> factor;
    for (const LayerId i : all) {
      const LayerSpec& one = s_.spec.layer(i);
      const LayerTrace& row = s_.trace.row(i);
      if (row.inputs.empty() || !one.has(opt) || one.integer(opt) < 1) return std::nullopt;
      const Shape& x = row.inputs[0];
      const auto behind = one.axis_count() + (opt == Opt::in_features ? 0 : 1);
      const std::size_t back = opt == Opt::in_features ? 1 : std::max<std::size_t>(behind, 1);
      if (x.size() < back) return std::nullopt;
      const std::int64_t arriving = x[x.size() - back];
      if (arriving % one.integer(opt) != 0 || arriving / one.integer(opt) < 2) return std::nullopt;
      if (factor && *factor != arriving / one.integer(opt)) return std::nullopt;
      factor = arriving / one.integer(opt);
    }
    return factor;
  }

  template <class Number>
  bool put(const std::vector<LayerId>& all, Opt opt, const std::string& text, const Number& number,
           Candidate& candidate) const {
    const LayerSpec& one = s_.spec.layer(all[0]);
    // An argument's value stands at the use; it is the block that changes.
    const auto member = member_of(one, std::string(to_string(opt)));
    const std::string json = to_json(Value{text});
    std::vector<Edit> edits;
    if (member)
      edits.push_back({member->span.begin, member->span.end - member->span.begin, json});
    else
      edits = set_option(s_.source, one, opt, json);
    if (edits.empty()) return false;
    add_edits(std::move(edits), candidate);
    for (const LayerId i : all) {
      const LayerSpec& at = s_.spec.layer(i);
      candidate.changes.push_back({at.name, std::string(to_string(opt)),
                                   to_json(s_.spec, at.find(opt)->value), std::to_string(number(at))});
    }
    return true;
  }

  bool offer(Candidate candidate, std::string title) {
    candidate.title = std::move(title);
    candidate.where = "in the block, for all its uses";
    candidate.by_text = true;
    const auto changed = changed_by(s_, candidate);
    const bool closes = changed && holds(*changed, infer(*changed));
    if (closes) out_.push_back(std::move(candidate));
    return closes;
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
};

}  // namespace

void suggest_words(const Situation& s, std::vector<Candidate>& out) {
  Words words(s, out);
  words.keep_sizes();
  words.multiply_channels();
  words.multiply_made();
  words.follow_a_word();
  words.shortcut();
}

}  // namespace shapedbg
