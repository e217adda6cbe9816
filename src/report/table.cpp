#include "report/table.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "infer/outputs.h"
#include "report/axes.h"
#include "report/fold.h"
#include "report/printable.h"
#include "report/totals.h"

namespace shapedbg {
namespace {

constexpr std::size_t kNameWidth = 40;
constexpr std::string_view kGap = "   ";

struct Row {
  std::string layer;  // a part's heading has nothing else
  std::string type;
  std::string output;
  std::string params;
  std::string source;  // how the row was obtained, where that needs saying
  std::string axes;    // what they are made of, where that was asked for
  std::string marker;
  bool heading = false;
};

std::string outputs_text(const LayerSpec& layer, const LayerTrace& trace) {
  if (trace.source == RowSource::unknown || trace.outputs.empty()) return "?";
  const Shape& first = trace.outputs.front();
  const bool alike = std::all_of(trace.outputs.begin(), trace.outputs.end(),
                                 [&](const Shape& shape) { return shape == first; });
  if (trace.outputs.size() > 1 && alike) {
    return std::to_string(outputs_in_all(layer, trace)) + " x " + shape_text(first);
  }
  std::string text;
  for (const Shape& shape : trace.outputs) text += (text.empty() ? "" : ", ") + shape_text(shape);
  return text;
}

// What stands at the end of a row: per layer, the first finding that aims at it. The result's own row
// is the last.
std::vector<std::string> markers(const Checked& checked) {
  const std::vector<LayerSpec>& layers = checked.spec.layers;
  std::unordered_map<std::string_view, std::size_t> rows;
  for (std::size_t i = 0; i < layers.size(); ++i) rows.emplace(layers[i].name, i);
  std::vector<std::string> result(layers.size());
  for (const Finding& finding : checked.findings) {
    const CodeInfo& code = info(finding.code);
    const bool of_result = finding.code == Code::R301 || finding.code == Code::R302;
    const auto row = rows.find(finding.layer);
    if (!of_result && row == rows.end()) continue;
    const std::size_t index = of_result ? layers.size() - 1 : row->second;
    const Rare<Expect>& own = layers[index].expect;
    if (!result[index].empty()) continue;
    if (of_result && checked.expected) {
      result[index] = "<- expected " + shape_text(*checked.expected);
    } else if (finding.code == Code::R303 && own) {
      result[index] = "<- expected " + shape_text(expected_shape(checked.spec, *own));
    } else {
      result[index] = "<- " + std::string(code.id) + " " + std::string(code.name);
    }
  }
  return result;
}

// Executed rows need no word; where nothing ran at all the header has said so.
std::string source_text(RowSource source, bool nothing_ran) {
  if (source == RowSource::executed || nothing_ran) return {};
  return source == RowSource::formula ? "formula" : "?";
}

// "12 layers", "18 x 7 layers"
std::string type_text(const Checked& checked, const FoldedRow& folded) {
  if (folded.single()) return shortened(type_of(checked, checked.spec.layers[folded.first]), kNameWidth);
  const std::size_t layers = (folded.last - folded.first + 1) / folded.times;
  return (folded.times > 1 ? std::to_string(folded.times) + " x " : "") + std::to_string(layers) + " layers";
}

// What of the folded layers is not executed speaks for all of them.
RowSource source_of(const Checked& checked, const FoldedRow& folded) {
  RowSource source = RowSource::executed;
  for (std::size_t i = folded.first; i <= folded.last; ++i)
    if (source != RowSource::unknown && checked.trace.layers[i].source != RowSource::executed)
      source = checked.trace.layers[i].source;
  return source;
}

std::string params_text(const Checked& checked, const FoldedRow& folded) {
  std::int64_t sum = 0;
  for (std::size_t i = folded.first; i <= folded.last; ++i) {
    if (checked.trace.layers[i].source == RowSource::unknown || i >= checked.costs.size()) return "?";
    if (__builtin_add_overflow(sum, checked.costs[i].params, &sum)) return "?";
  }
  return thousands(sum);
}

std::vector<FoldedRow> folded_of(const Checked& checked, const std::vector<std::string>& marks,
                                 TableFold fold) {
  const bool wanted =
      fold == TableFold::folded || (fold == TableFold::automatic && checked.spec.layers.size() > fold_above);
  if (!wanted) return whole_rows(checked.spec);
  std::vector<bool> open;
  for (const std::string& mark : marks) open.push_back(!mark.empty());
  return folded_rows(checked.spec, checked.trace, open);
}

std::vector<Row> rows_of(const Checked& checked, bool nothing_ran, const std::vector<FoldedRow>& folded,
                         std::vector<std::string> marks) {
  std::vector<Row> rows;
  const Part* part = nullptr;
  for (const FoldedRow& one : folded) {
    const LayerSpec& layer = checked.spec.layers[one.last];
    if (checked.spec.has_parts && (part == nullptr || *part != layer.part)) {
      Row heading;
      heading.layer = to_string(layer.part);
      heading.heading = true;
      rows.push_back(std::move(heading));
    }
    part = &layer.part;
    Row row;
    row.layer = (checked.spec.has_parts ? "  " : "") + shortened(one.name, kNameWidth);
    row.type = type_text(checked, one);
    row.output = outputs_text(checked.spec.layers[one.last], checked.trace.layers[one.last]);
    row.params = params_text(checked, one);
    row.source = source_text(source_of(checked, one), nothing_ran);
    row.marker = std::move(marks[one.last]);
    rows.push_back(std::move(row));
  }
  return rows;
}

void pad(std::string& line, std::string_view text, std::size_t width) {
  line += text;
  line.append(width - std::min(width, columns(text)), ' ');
}

std::string header(const Checked& checked, const Paint& paint) {
  const std::string& name = checked.spec.name.empty() ? checked.source.name() : checked.spec.name;
  std::string line = paint.bold(printable(name));
  for (std::size_t i = 0; i < checked.spec.inputs.size(); ++i) {
    const InputSpec& input = checked.spec.inputs[i];
    line += std::string(i == 0 ? kGap : ", ") + printable(input.name) + " " + shape_text(input.shape);
  }
  line += kGap;
  line += checked.trace.device == "off" ? "formulas only" : checked.trace.device;
  if (!checked.trace.libtorch.empty()) line += ", LibTorch " + printable(checked.trace.libtorch);
  return line + "\n\n";
}

constexpr std::array<std::string_view, 5> kTitles{"layer", "type", "output", "params", ""};

// How wide each column is, and the lines that fill them.
class Columns {
 public:
  Columns(const std::vector<Row>& rows, const std::string& total) {
    for (std::size_t i = 0; i < widths_.size(); ++i) widths_[i] = kTitles[i].size();
    widths_[3] = std::max(widths_[3], total.size());
    for (const Row& row : rows) {
      if (row.heading) continue;
      const std::array<const std::string*, 5> cells{&row.layer, &row.type, &row.output, &row.params,
                                                    &row.source};
      for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], columns(*cells[i]));
    }
  }

  // All to the left but params.
  std::string cells(std::string_view layer, std::string_view type, std::string_view output,
                    std::string_view params) const {
    std::string line = "  ";
    pad(line, layer, widths_[0]);
    line += kGap;
    pad(line, type, widths_[1]);
    line += kGap;
    pad(line, output, widths_[2]);
    line += kGap;
    line.append(widths_[3] - columns(params), ' ');
    return line + std::string(params);
  }

  std::string line(const Row& row, const Paint& paint) const {
    std::string line = cells(row.layer, row.type, row.output, row.params);
    if (!row.axes.empty()) line += std::string(kGap) + paint.dim(row.axes);
    if (!row.source.empty() || (!row.marker.empty() && widths_[4] > 0)) {
      line += kGap;
      std::string source;
      pad(source, row.source, row.marker.empty() ? 0 : widths_[4]);
      line += paint.dim(source);
    }
    if (!row.marker.empty()) line += std::string(kGap) + paint.severity(Severity::error, row.marker);
    return line;
  }

 private:
  std::array<std::size_t, 5> widths_{};
};

// What the words of the table mean; `hidden`: how many layers its folded rows stand for, 0 where none is
// folded.
std::string legend(const std::vector<Row>& rows, std::size_t hidden) {
  const auto has = [&](std::string_view source) {
    return std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.source == source; });
  };
  std::string legend;
  const auto also = [&](const std::string& words) { legend += (legend.empty() ? "" : "; ") + words; };
  if (has("formula")) also("formula: computed, LibTorch did not run this layer");
  if (has("?")) also("?: not known");
  if (hidden > 0) also("folded: " + std::to_string(hidden) + " layers; `--table full` shows each");
  return legend;
}

}  // namespace

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += shape[i] == Expect::any_size ? "any" : std::to_string(shape[i]);
  }
  return text + "]";
}

std::string render_table(const Checked& checked, const Paint& paint, bool axes, TableFold fold) {
  if (checked.spec.layers.empty() || checked.trace.layers.size() != checked.spec.layers.size()) return {};
  const bool nothing_ran = checked.trace.device == "off";
  std::vector<std::string> marks = markers(checked);
  const std::vector<FoldedRow> folded = folded_of(checked, marks, fold);
  std::vector<Row> rows = rows_of(checked, nothing_ran, folded, std::move(marks));
  if (axes) {
    const std::vector<std::vector<AxisText>> meanings = axis_texts(checked);
    std::size_t next = 0;
    for (Row& row : rows)
      if (!row.heading) row.axes = printable(axes_cell(meanings[folded[next++].last]));
  }
  const NetworkCost cost = network_cost(checked);
  const std::string total = thousands(cost.params);
  const Columns columns(rows, total);

  std::string text = header(checked, paint);
  text += paint.dim(columns.cells(kTitles[0], kTitles[1], kTitles[2], kTitles[3]) +
                    (axes ? std::string(kGap) + "axes" : "")) +
          "\n";
  for (const Row& row : rows)
    text += row.heading ? "  " + paint.bold(row.layer) + "\n" : columns.line(row, paint) + "\n";
  text += paint.dim(columns.cells("total", "", "", total));
  text += std::string(kGap) + thousands(cost.mult_adds) + " mult-adds";
  if (!cost.complete) text += ", without the rows that are not known";
  text += "\n";
  const std::size_t hidden = folded.size() < checked.spec.layers.size() ? checked.spec.layers.size() : 0;
  if (const std::string words = legend(rows, hidden); !words.empty()) text += "  " + paint.dim(words) + "\n";
  return text;
}

}  // namespace shapedbg
