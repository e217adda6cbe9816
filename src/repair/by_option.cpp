// One option of one layer, whatever its kind: padding, kernel_size, stride, dilation and ceil_mode, the size
// or factor of a resize, the bounds of a slice, the entries of a reshape, an axis, a number of channels. The
// layers that the diagnosis is about first, then those in front of the place that fails, the nearest first.
#include <algorithm>
#include <utility>

#include "repair/option_values.h"
#include "repair/question.h"
#include "repair/suggest.h"

namespace shapedbg {
namespace {

// Layers whose result reaches a place that fails.
std::vector<char> ancestors(const Situation& s) {
  std::vector<char> reaches(s.spec.layers.size(), 0);
  for (std::size_t i = s.spec.layers.size(); i-- > 0;) {
    const LayerTrace& row = s.trace.layers[i];
    const auto& expect = s.spec.layers[i].expect;
    const bool missed =
        (i + 1 == s.spec.layers.size() && s.spec.expect) ||
        (expect && !row.outputs.empty() && !meets(row.outputs[0], expected_shape(s.spec, *expect)));
    if ((!row.refusals.empty() && !row.after_failure) || missed) reaches[i] = 1;
    if (reaches[i] == 0) continue;
    for (const Ref ref : reads(s.spec, s.spec.layers[i]))
      if (!ref.is_input()) reaches[static_cast<std::size_t>(ref.layer)] = 1;
  }
  return reaches;
}

FixKind kind_of(Opt opt) {
  switch (opt) {
    case Opt::out_channels:
    case Opt::out_features:
    case Opt::in1_features:
    case Opt::in2_features:
    case Opt::groups:
    case Opt::num_groups:
    case Opt::num_parameters:
      return FixKind::channels;
    case Opt::dims:
    case Opt::keepdim:
      return FixKind::axis;
    default:
      return names_axis(opt) ? FixKind::axis : FixKind::window;
  }
}

class Options {
 public:
  Options(const Situation& s, std::vector<Candidate>& out)
      : s_(s), out_(out), changed_(s.spec), gaps_(gaps_of(s)) {}

  void run() {
    const std::vector<int> first = suspects(s_);
    for (const int layer : first) around(layer, 0);
    const std::vector<char> reaches = ancestors(s_);
    for (std::size_t i = s_.spec.layers.size(); i-- > 0 && s_.steps > 0;)
      if (reaches[i] != 0 && std::count(first.begin(), first.end(), static_cast<int>(i)) == 0)
        around(static_cast<int>(i), 1);
    // Only the best few are worth being read again from changed bytes.
    constexpr std::size_t most = 8;
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.amount < b.amount; });
    for (std::size_t i = 0; i < std::min(most, found_.size()); ++i) out_.push_back(std::move(found_[i]));
  }

 private:
  const LayerSpec& layer(int index) const { return s_.spec.layers[static_cast<std::size_t>(index)]; }

  void around(int index, std::int64_t elsewhere) {
    const LayerSpec& one = layer(index);
    if (one.broken) return;
    for (std::size_t k = 0; k < one.options.size(); ++k) {
      const OptionValue& option = one.options[k];
      // Where nobody thought of dilation, it would only tear holes into the kernel.
      if (option.info->opt == Opt::dilation && !option.written) continue;
      int closed = 0;
      for (const Proposal& proposal :
           proposals(one, s_.trace.layers[static_cast<std::size_t>(index)], option, gaps_)) {
        if (!attempt(index, k, proposal, elsewhere)) continue;
        if (++closed == 2) break;  // further ones are further away
      }
    }
  }

  bool attempt(int index, std::size_t option, const Proposal& proposal, std::int64_t elsewhere) {
    Value& place = changed_.layers[static_cast<std::size_t>(index)].options[option].value;
    Value present = std::exchange(place, proposal.value);
    const bool closes = would_hold(s_, changed_);
    place = std::move(present);
    if (!closes) return false;
    const Opt opt = layer(index).options[option].info->opt;
    Candidate candidate;
    candidate.kind = kind_of(opt);
    candidate.amount = proposal.amount + elsewhere;
    candidate.title = title_of(s_.spec, opt, {{index, short_json(proposal.value)}});
    if (opt == Opt::padding && more_padding_than_map(index, proposal.value))
      candidate.doubt = Doubt::nonsense;
    if (!add_sets(s_, {{index, opt, proposal.value}}, candidate)) return false;
    found_.push_back(std::move(candidate));
    return true;
  }

  bool more_padding_than_map(int index, const Value& value) const {
    const auto* padding = std::get_if<std::vector<std::int64_t>>(&value);
    const auto& inputs = s_.trace.layers[static_cast<std::size_t>(index)].inputs;
    const Family family = layer(index).info().family;
    if (padding == nullptr || inputs.empty() || family == Family::conv_transpose || family == Family::pad ||
        family == Family::free_pad)
      return false;
    const auto present = layer(index).axes(Opt::padding);
    for (std::size_t a = 0; a < padding->size() && padding->size() <= inputs[0].size(); ++a) {
      const std::int64_t size = inputs[0][inputs[0].size() - padding->size() + a];
      if ((*padding)[a] > present[a] && 2 * (*padding)[a] >= size) return true;
    }
    return false;
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  Spec changed_;
  std::vector<Gap> gaps_;
  std::vector<Candidate> found_;
};

}  // namespace

void suggest_options(const Situation& s, std::vector<Candidate>& out) { Options(s, out).run(); }

}  // namespace shapedbg
