#include "report/fold.h"

#include <algorithm>
#include <string_view>

namespace shapedbg {
namespace {

// "a.b" of "a.b.c" for two words; empty where the name has no more than that, or was not given by its author.
std::string_view prefix_of(const LayerSpec& layer, std::size_t words) {
  const std::string_view name = layer.name;
  std::size_t end = 0;
  for (std::size_t i = 0; i < words; ++i) {
    end = name.find('.', end + (i == 0 ? 0 : 1));
    if (end == std::string_view::npos) return {};
  }
  const std::string_view prefix = name.substr(0, end);
  return prefix == to_string(layer.part) ? std::string_view() : prefix;
}

// Where the run of layers from `i` ends that belong to the same part and share this prefix.
std::size_t run_end(const Spec& spec, std::size_t i, std::size_t words) {
  const std::string_view prefix = prefix_of(spec.layers[i], words);
  std::size_t end = i + 1;
  while (!prefix.empty() && end < spec.layers.size() && spec.layers[end].part == spec.layers[i].part &&
         prefix_of(spec.layers[end], words) == prefix)
    ++end;
  return end;
}

// The prefix by which each layer is folded: of so many words, or of one less where all that share that have
// no more: a block of plain layers is one row beside blocks that hold others.
std::vector<std::string_view> prefixes_by(const Spec& spec, std::size_t words) {
  std::vector<std::string_view> all(spec.layers.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = prefix_of(spec.layers[i], words);
  for (std::size_t i = 0, end = 0; words > 1 && i < all.size(); i = end) {
    end = run_end(spec, i, words - 1);
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(i);
    const auto last = all.begin() + static_cast<std::ptrdiff_t>(end);
    const bool plain = std::all_of(first, last, [](std::string_view prefix) { return prefix.empty(); });
    if (plain) std::fill(first, last, prefix_of(spec.layers[i], words - 1));
  }
  return all;
}

std::vector<FoldedRow> rows_by(const Spec& spec, const std::vector<bool>& open, std::size_t words) {
  const std::vector<std::string_view> prefixes = prefixes_by(spec, words);
  std::vector<FoldedRow> rows;
  for (std::size_t i = 0, end = 0; i < spec.layers.size(); i = end) {
    end = i + 1;
    while (!prefixes[i].empty() && end < spec.layers.size() && spec.layers[end].part == spec.layers[i].part &&
           prefixes[end] == prefixes[i])
      ++end;
    const auto first = open.begin() + static_cast<std::ptrdiff_t>(i);
    const bool fold = end - i > 1 && std::none_of(first, open.begin() + static_cast<std::ptrdiff_t>(end),
                                                  [](bool is) { return is; });
    if (fold) {
      rows.push_back({i, end - 1, std::string(prefixes[i])});
    } else {
      for (std::size_t each = i; each < end; ++each) rows.push_back({each, each, spec.layers[each].name});
    }
  }
  return rows;
}

// The same types with the same outputs in the same order.
bool alike(const Spec& spec, const Trace& trace, const FoldedRow& a, const FoldedRow& b) {
  if (a.single() || a.last - a.first != b.last - b.first ||
      spec.layers[a.first].part != spec.layers[b.first].part)
    return false;
  for (std::size_t k = 0; k <= a.last - a.first; ++k) {
    const std::size_t i = a.first + k;
    const std::size_t j = b.first + k;
    if (spec.layers[i].kind != spec.layers[j].kind || trace.layers[i].outputs != trace.layers[j].outputs)
      return false;
  }
  return true;
}

}  // namespace

std::vector<FoldedRow> whole_rows(const Spec& spec) {
  std::vector<FoldedRow> rows;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) rows.push_back({i, i, spec.layers[i].name});
  return rows;
}

std::vector<FoldedRow> folded_rows(const Spec& spec, const Trace& trace, const std::vector<bool>& open) {
  constexpr std::size_t most_words = 8;
  std::vector<FoldedRow> best;
  for (std::size_t words = 1; words <= most_words; ++words) {
    std::vector<FoldedRow> rows = rows_by(spec, open, words);
    // One alike another stands for both.
    std::vector<FoldedRow> merged;
    for (FoldedRow& row : rows) {
      FoldedRow* before = merged.empty() ? nullptr : &merged.back();
      const FoldedRow former =
          before == nullptr ? FoldedRow{}
                            : FoldedRow{before->last + 1 - (row.last - row.first + 1), before->last, {}};
      if (before != nullptr && before->last + 1 == row.first && row.last >= row.first &&
          before->last - before->first + 1 == before->times * (row.last - row.first + 1) &&
          alike(spec, trace, former, row)) {
        before->name = before->name.substr(0, before->name.find(" ... ")) + " ... " + row.name;
        before->last = row.last;
        ++before->times;
      } else {
        merged.push_back(std::move(row));
      }
    }
    if (words > 1 && merged.size() > fold_above) break;
    const bool last = !best.empty() && merged.size() == best.size();
    best = std::move(merged);
    if (last) break;
  }
  return best;
}

}  // namespace shapedbg
