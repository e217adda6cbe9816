// The state of a recurrent layer, [layers and directions, N, H], read as if it were [N, H]: the last layer's
// state, of both directions where it has two.
#include <optional>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/insertions.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

struct Reader {
  LayerId layer;
  std::size_t input = 0;
};

// What takes a state first and treats it as rows of features. Whoever takes its axes apart knows of them.
std::vector<Reader> readers_of_states(const Spec& spec) {
  std::vector<Reader> found;
  for (const LayerId i : ids(spec.layers)) {
    const LayerSpec& layer = spec.layer(i);
    const Family family = layer.info().family;
    const bool takes_rows = keeps_shape(family) || family == Family::linear || is_merge(layer);
    if (layer.broken || !takes_rows) continue;
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      const Ref ref = layer.inputs[k];
      if (ref.is_input() || ref.output == 0) continue;
      if (spec.layer(ref.layer).info().family == Family::recurrent) found.push_back({i, k});
    }
  }
  return found;
}

// "[2, 16, 128]" becomes "[16, 256]" by these layers, or "[16, 128]" where only the last is taken.
void offer(const Situation& s, const Reader& reader, const Shape& state, const Shape& fresh,
           const std::vector<PutIn>& row, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.amount = 2;  // what stands right where it is read comes first
  if (!put_in_a_row(s, reader.layer, reader.input, row, candidate)) return;
  candidate.title = "put ";
  for (std::size_t i = 0; i < row.size(); ++i)
    candidate.title += (i == 0 ? "" : i + 1 == row.size() ? " and " : ", ") + with_article(row[i].type);
  candidate.title += " in front of `" + s.spec.layer(reader.layer).name + "`: " + bracketed(state) +
                     " becomes " + bracketed(fresh);
  sort_in(s, std::move(candidate), out, partial);
}

}  // namespace

void suggest_states(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const Code code = s.finding.code;
  if (code != Code::L208 && code != Code::L209 && code != Code::R301 && code != Code::R302) return;
  const std::vector<Reader> readers = readers_of_states(s.spec);
  if (readers.size() != 1) return;
  const Ref ref = s.spec.layer(readers[0].layer).inputs[readers[0].input];
  const LayerSpec& layer = s.spec.layer(ref.layer);
  const Shape* state = s.trace.output(s.spec, ref);
  if (state == nullptr || state->size() != 3) return;
  const Shape last{(*state)[1], (*state)[2]};
  const std::size_t known = out.size();
  if (layer.flag(Opt::bidirectional)) {
    std::vector<PutIn> row{{"Transpose", R"(, "dim0": 0, "dim1": 1)"}, {"Flatten", ""}};
    if (layer.integer(Opt::num_layers) > 1) row.insert(row.begin(), {"Slice", R"(, "index": [[-2, null]])"});
    offer(s, readers[0], *state, {last[0], 2 * last[1]}, row, out, partial);
  }
  if (out.size() == known)
    offer(s, readers[0], *state, last, {{"Select", R"(, "dim": 0, "index": -1)"}}, out, partial);
}

}  // namespace shapedbg
