// A merge that repeats what lacks no axis but has one too many (W501): [N, 1] beside [N] makes [N, N].
#include <algorithm>
#include <utility>

#include "repair/propose/suggest.h"

namespace shapedbg {

void suggest_unstretched(const Situation& s, std::vector<Candidate>& out) {
  const auto index = s.spec.find(s.finding.layer);
  if (!index) return;
  const LayerSpec& merge = s.spec.layer(*index);
  const Shapes& inputs = s.trace.row(*index).inputs;
  if (inputs.size() != 2 || merge.inputs.size() != 2) return;
  for (const std::size_t k : {std::size_t{0}, std::size_t{1}}) {
    const Shape& x = inputs[k];
    const Shape& other = inputs[1 - k];
    if (x.size() != other.size() + 1 || x.back() != 1 || other.empty() || other.back() == 1 ||
        !std::equal(other.begin(), other.end(), x.begin()))
      continue;
    // Where what is behind counts on two axes, as a mean over both, the other one gets its second.
    for (const auto& [type, input] : {std::pair("Squeeze", k), std::pair("Unsqueeze", 1 - k)}) {
      Candidate candidate;
      candidate.kind = FixKind::missing_axis;
      candidate.amount = input == k ? 0 : 1;
      if (!put_on_input(s, *index, input, type, R"(, "dim": -1)", candidate)) continue;
      candidate.title = "put " + with_article(type) + " between `" + s.spec.name_of(merge.inputs[input]) +
                        "` and `" + merge.name + "`: " + bracketed(inputs[input]) + " becomes " +
                        bracketed(inputs[1 - input]);
      out.push_back(std::move(candidate));
    }
  }
}

}  // namespace shapedbg
