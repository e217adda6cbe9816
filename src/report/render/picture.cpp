#include "report/render/picture.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "finding/counted.h"
#include "report/markup.h"
#include "report/printable.h"
#include "report/table.h"
#include "report/totals.h"

namespace shapedbg {
namespace {

// In pixels; text is monospaced, 12 high, 7.3 wide.
constexpr int kBox = 352;
constexpr int kGapX = 120;
constexpr int kGapY = 34;
constexpr int kLine = 18;
constexpr int kMargin = 20;
constexpr std::size_t kChars = 46;  // of a line in a box
constexpr std::size_t kLines = 8;   // of a box; more are folded
constexpr std::size_t kBoxes = 48;  // of a picture; more are joined

constexpr const char* kStyle =
    "<style>\n"
    ".sd{--ink:#1f2328;--dim:#656d76;--line:#8c959f;--box:#f6f8fa;--page:#fff;--bad:#cf222e;--badbox:#ffebe9;"
    "--far:#9a6700;--farbox:#fff8c5;--skip:#0969da}\n"
    "@media (prefers-color-scheme:dark){.sd{--ink:#e6edf3;--dim:#9198a1;--line:#6e7681;--box:#161b22;"
    "--page:#0d1117;--bad:#ff7b72;--badbox:#3c1618;--far:#d29922;--farbox:#2e2307;--skip:#58a6ff}}\n"
    "@media print{.sd{--ink:#000;--dim:#444;--line:#666;--box:#fff;--page:#fff;--bad:#b00;--badbox:#fff;"
    "--far:#850;--farbox:#fff;--skip:#048}}\n"
    ".sd{background:var(--page)}\n"
    ".sd text{font:12px "
    "ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:var(--ink);white-space:pre}\n"
    ".sd .dim{fill:var(--dim)}.sd .size{font-weight:600}\n"
    ".sd .box{fill:var(--box);stroke:var(--line)}\n"
    ".sd .bad{fill:var(--badbox);stroke:var(--bad)}.sd .far{fill:var(--farbox);stroke:var(--far)}\n"
    ".sd .badtext{fill:var(--bad);font-weight:600}.sd .fartext{fill:var(--far);font-weight:600}\n"
    ".sd path{fill:none;stroke:var(--line);stroke-width:1.5}\n"
    ".sd .skip{stroke:var(--skip);stroke-dasharray:5 4}.sd .cause{stroke:var(--bad);stroke-width:2}\n"
    ".sd .m path{fill:var(--line);stroke:none}.sd .mskip path{fill:var(--skip)}"
    ".sd .mcause path{fill:var(--bad)}\n"
    ".sd a:focus rect,.sd a:hover rect{stroke-width:2.5}\n"
    "</style>\n";

enum class Mark : std::uint8_t { none, far, bad };

struct Box {
  LayerId first{0};  // layers, both included
  LayerId last{0};
  std::int64_t size = 0;  // of the first axis in space; 0 where there is none
  bool right = false;     // on the way up
  int row = 0;
  int x = 0;
  int y = 0;
  int height = 0;
  std::vector<int> lines;  // layers shown; -1: a fold
};

class Picture {
 public:
  Picture(const Checked& checked, const std::string& anchors)
      : checked_(checked), spec_(checked.spec), trace_(checked.trace), anchors_(anchors) {}

  std::string draw() {
    mark_findings();
    group();
    join_many();
    place();
    return document();
  }

 private:
  LayerId layers() const { return spec_.layers.end_id(); }
  const LayerSpec& layer(LayerId i) const { return spec_.layer(i); }
  const LayerTrace& row(LayerId i) const { return trace_.row(i); }

  void mark_findings() {
    marks_.assign(spec_.layers.size(), Mark::none);
    finding_.assign(spec_.layers.size(), -1);
    for (LayerId i{0}; i < layers(); ++i) index_.emplace(layer(i).name, i);
    for (std::size_t k = 0; k < checked_.findings.size(); ++k) {
      const Finding& finding = checked_.findings[k];
      if (info(finding.code).severity == Severity::note) continue;
      const auto at = index_.find(finding.layer);
      if (at == index_.end()) continue;
      set(at->second, Mark::bad, static_cast<int>(k));
      for (const Related& related : finding.related) {
        const auto other = index_.find(related.layer);
        if (other == index_.end() || other->second == at->second) continue;
        set(other->second, Mark::far, static_cast<int>(k));
        causes_.emplace_back(at->second, other->second);
      }
    }
  }

  void set(LayerId i, Mark mark, int finding) {
    Mark& now = marks_[i];
    if (now >= mark) return;
    now = mark;
    finding_[i] = finding;
  }

  // The size along the first axis in space of what the layer returns, or the one before where it returns a
  // vector.
  std::int64_t size_of(LayerId i, std::int64_t before) const {
    const LayerTrace& at = row(i);
    if (at.outputs.empty()) return before;
    const Shape& shape = at.outputs.front();
    return shape.size() > 2 ? shape[shape.size() - 1] : shape.size() == 2 ? 1 : before;
  }

  void group() {
    std::int64_t before = 0;
    for (LayerId i{0}; i < layers(); ++i) {
      const std::int64_t size = size_of(i, before);
      const bool part = i > LayerId{0} && layer(i).part != layer(i - 1).part;
      if (boxes_.empty() || size != boxes_.back().size || part) {
        boxes_.push_back({});
        boxes_.back().first = i;
        boxes_.back().size = size;
      }
      boxes_.back().last = i;
      before = size;
    }
    // The way up begins where the decoder does, else behind the smallest size where sizes grow again.
    std::size_t turn = boxes_.size();
    if (spec_.has_parts) {
      for (std::size_t b = boxes_.size(); b-- > 0;)
        if (layer(boxes_[b].first).part == Part::decoder) turn = b;
    } else {
      const auto least = std::min_element(boxes_.begin(), boxes_.end(),
                                          [](const Box& a, const Box& b) { return a.size < b.size; });
      const auto low = static_cast<std::size_t>(least - boxes_.begin());
      if (low > 0 && low + 1 < boxes_.size() && boxes_.back().size > least->size) turn = low + 1;
    }
    for (std::size_t b = turn; b < boxes_.size(); ++b) boxes_[b].right = true;
  }

  // Neighbours on one side become one box until few enough are left; what is marked keeps its own.
  void join_many() {
    while (boxes_.size() > kBoxes) {
      std::vector<Box> fewer;
      for (const Box& box : boxes_) {
        const bool own = marked(box) || (!fewer.empty() && marked(fewer.back()));
        if (!fewer.empty() && fewer.back().right == box.right && !own && fewer.size() % 2 == 1)
          fewer.back().last = box.last;
        else
          fewer.push_back(box);
      }
      if (fewer.size() == boxes_.size()) break;
      boxes_ = std::move(fewer);
    }
  }

  bool marked(const Box& box) const {
    return std::any_of(marks_.begin() + box.first.number(), marks_.begin() + box.last.number() + 1,
                       [](Mark mark) { return mark != Mark::none; });
  }

  // The first and last lines of a box, and those that are marked.
  void choose_lines(Box& box) const {
    const int count = box.last - box.first + 1;
    std::set<LayerId> shown;
    for (LayerId i = box.first; i <= box.last; ++i) {
      const bool end = i - box.first < 3 || box.last - i < 3;
      if (count <= static_cast<int>(kLines) || end) shown.insert(i);
      if (marks_[i] != Mark::none && shown.size() < 4 * kLines) shown.insert(i);
    }
    LayerId before = box.first - 1;
    for (const LayerId i : shown) {
      if (i > before + 1) box.lines.push_back(-(i - before - 1));
      box.lines.push_back(i.number());
      before = i;
    }
    box.height = static_cast<int>(box.lines.size()) * kLine + 30;
  }

  void place() {
    for (Box& box : boxes_) choose_lines(box);
    int rows = 0;
    std::vector<std::pair<std::int64_t, int>> left;  // size and row
    for (Box& box : boxes_) {
      if (box.right) continue;
      box.row = rows++;
      left.emplace_back(box.size, box.row);
    }
    // Upwards: each beside the box of its size, where that is still above.
    int above = rows;
    for (Box& box : boxes_) {
      if (!box.right) continue;
      int best = above - 1;
      for (const auto& [size, at] : left)
        if (size == box.size && at < above) best = at;
      // Room for those that follow is made at the top.
      box.row = best;
      above = best;
    }
    int top = 0;
    for (const Box& box : boxes_) top = std::min(top, box.row);
    std::map<int, int> heights;
    for (Box& box : boxes_) {
      box.row -= top;
      heights[box.row] = std::max(heights[box.row], box.height);
    }
    int y = kMargin + 40;
    std::map<int, int> tops;
    for (const auto& [at, height] : heights) {
      tops[at] = y;
      y += height + kGapY;
    }
    for (Box& box : boxes_) {
      box.x = kMargin + (box.right ? kBox + kGapX : 0);
      box.y = tops[box.row];
      two_sided_ = two_sided_ || box.right;
    }
    height_ = y + 24;
    width_ = 2 * kMargin + kBox + (two_sided_ ? kBox + kGapX : 40);
  }

  int box_of(LayerId i) const {
    const auto after = std::upper_bound(boxes_.begin(), boxes_.end(), i,
                                        [](LayerId at, const Box& box) { return at < box.first; });
    return static_cast<int>(after - boxes_.begin()) - 1;
  }
  const Box& box(int b) const { return boxes_[static_cast<std::size_t>(b)]; }

  int middle_of(LayerId i) const {
    const Box& in = box(box_of(i));
    for (std::size_t k = 0; k < in.lines.size(); ++k)
      if (in.lines[k] == i.number()) return in.y + 24 + static_cast<int>(k) * kLine + kLine / 2;
    return in.y + in.height / 2;
  }

  static std::string at(int x, int y) { return std::to_string(x) + " " + std::to_string(y); }

  std::string path(const std::string& kind, const std::string& d) const {
    return "<path class=\"" + kind + "\" marker-end=\"url(#" + anchors_ + kind + ")\" d=\"" + d + "\"/>\n";
  }

  // From one box to the next in running order.
  std::string flow(const Box& from, const Box& to) const {
    const int middle = from.x + kBox / 2;
    if (!from.right && !to.right)
      return path("flow", "M" + at(middle, from.y + from.height) + "L" + at(middle, to.y - 5));
    if (from.right) return path("flow", "M" + at(middle, from.y) + "L" + at(middle, to.y + to.height + 5));
    const int y = from.y + from.height / 2;
    const int end = to.y + to.height / 2;
    const int x = from.x + kBox;
    return path("flow", "M" + at(x, y) + "C" + at(x + kGapX / 2, y) + "," + at(to.x - kGapX / 2, end) + "," +
                            at(to.x - 5, end));
  }

  std::string across(const std::string& kind, LayerId from, LayerId to) const {
    const Box& a = box(box_of(from));
    const Box& b = box(box_of(to));
    const int y = middle_of(from);
    const int end = middle_of(to);
    if (a.right == b.right) {  // beside the column
      const int x = a.right ? a.x + kBox : a.x;
      const int out = a.right ? x + 16 : x - 16;
      return path(kind, "M" + at(x, y) + "C" + at(out, y) + "," + at(out, end) + "," +
                            at(a.right ? x + 5 : x - 5, end));
    }
    const int x = a.right ? a.x : a.x + kBox;
    const int goal = b.right ? b.x - 5 : b.x + kBox + 5;
    const int half = (x + goal) / 2;
    return path(kind, "M" + at(x, y) + "C" + at(half, y) + "," + at(half, end) + "," + at(goal, end));
  }

  std::string lines() const {
    std::string text;
    for (std::size_t b = 1; b < boxes_.size(); ++b) text += flow(boxes_[b - 1], boxes_[b]);
    std::set<std::pair<int, int>> drawn;
    for (LayerId i{0}; i < layers(); ++i) {
      for (const Ref& ref : layer(i).inputs) {
        if (ref.is_input()) continue;
        const int from = box_of(ref.layer);
        const int to = box_of(i);
        if (to - from > 1 && drawn.emplace(from, to).second && drawn.size() < 200)
          text += across("skip", ref.layer, i);
      }
    }
    for (const auto& [from, to] : causes_) text += across("cause", from, to);
    return text;
  }

  static std::string text_at(int x, int y, const std::string& kind, const std::string& text) {
    return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" class=\"" + kind + "\">" +
           markup_text(text) + "</text>\n";
  }

  std::string layer_line(LayerId i, int x, int y) const {
    const LayerTrace& trace = row(i);
    const std::string shape = trace.outputs.empty() ? "?" : shape_text(trace.outputs.front());
    const std::size_t room = kChars - std::min<std::size_t>(kChars / 2, columns(shape));
    std::string label = shortened(layer(i).name, room / 2);
    const std::string type = type_of(checked_, layer(i));
    if (type != label) label += " " + shortened(type, room - std::min(room - 6, columns(label) + 1));
    const Mark mark = marks_[i];
    const std::string kind = mark == Mark::bad ? "badtext" : mark == Mark::far ? "fartext" : "";
    std::string text = text_at(x + 10, y, kind, (mark == Mark::bad ? "\u2716 " : "") + label);
    text += "<text x=\"" + std::to_string(x + kBox - 10) + "\" y=\"" + std::to_string(y) +
            "\" text-anchor=\"end\" class=\"" + (kind.empty() ? "dim" : kind) + "\">" + markup_text(shape) +
            "</text>\n";
    const int finding = finding_[i];
    if (mark == Mark::none) return text;
    const Finding& about = checked_.findings[static_cast<std::size_t>(finding)];
    const std::string frame = "<rect class=\"" + std::string(mark == Mark::bad ? "bad" : "far") + "\" x=\"" +
                              std::to_string(x + 4) + "\" y=\"" + std::to_string(y - 13) + "\" width=\"" +
                              std::to_string(kBox - 8) + "\" height=\"" + std::to_string(kLine) +
                              "\" rx=\"3\"/>\n<title>" + markup_text(about.message) + "</title>\n";
    if (anchors_.empty()) return "<g>" + frame + text + "</g>\n";
    return "<a href=\"#" + anchors_ + std::to_string(finding + 1) + "\">" + frame + text + "</a>\n";
  }

  std::string box_text(const Box& box) const {
    std::string text = "<rect class=\"box\" x=\"" + std::to_string(box.x) + "\" y=\"" +
                       std::to_string(box.y) + "\" width=\"" + std::to_string(kBox) + "\" height=\"" +
                       std::to_string(box.height) + "\" rx=\"6\"/>\n";
    const LayerTrace& last = row(box.last);
    std::string head = counted(box.last - box.first + 1, "layer");
    if (!last.outputs.empty())
      head += ", " + by_x(last.outputs.front(), std::min<std::size_t>(2, last.outputs.front().size()));
    if (head.ends_with(", ")) head.resize(head.size() - 2);
    text += text_at(box.x + 10, box.y + 15, "size", head);
    int y = box.y + 37;
    for (const int i : box.lines) {
      text += i >= 0 ? layer_line(LayerId(i), box.x, y)
                     : text_at(box.x + 10, y, "dim", "\u22ee " + counted(-i, "more layer"));
      y += kLine;
    }
    return text;
  }

  std::string document() const {
    const std::string name = spec_.name.empty() ? checked_.source.name() : spec_.name;
    std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"sd\" role=\"img\" width=\"" +
                       std::to_string(width_) + "\" height=\"" + std::to_string(height_) +
                       "\" viewBox=\"0 0 " + at(width_, height_) + "\">\n<title>" +
                       markup_text("the layers of " + name) + "</title>\n" + kStyle + "<defs>";
    for (const char* kind : {"flow", "skip", "cause"})
      text += "<marker id=\"" + anchors_ + kind + "\" class=\"m m" + kind +
              "\" viewBox=\"0 0 8 8\" refX=\"4\" refY=\"4\" markerWidth=\"6\" markerHeight=\"6\" "
              "orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\"/></marker>";
    text += "</defs>\n";
    std::string in;
    for (const InputSpec& input : spec_.inputs)
      in += (in.empty() ? "" : ", ") + input.name + " " + shape_text(input.shape);
    text += text_at(kMargin, kMargin + 8, "size", shortened(in, 2 * kChars));
    text += path("flow", "M" + at(kMargin + kBox / 2, kMargin + 14) + "L" +
                             at(kMargin + kBox / 2, boxes_.front().y - 5));
    text += lines();
    for (const Box& each : boxes_) text += box_text(each);
    const Box& last = boxes_.back();
    std::string out = "returns " + (checked_.returned ? shape_text(*checked_.returned) : std::string("?"));
    const bool wrong =
        checked_.returned && checked_.expected && !meets(*checked_.returned, *checked_.expected);
    if (wrong) out += ", expected " + shape_text(*checked_.expected);
    const int y = last.right ? last.y - 10 : last.y + last.height + 20;
    text += text_at(last.x, y, wrong ? "badtext" : "size", out);
    return text + "</svg>\n";
  }

  const Checked& checked_;
  const Spec& spec_;
  const Trace& trace_;
  const std::string& anchors_;
  std::unordered_map<std::string_view, LayerId> index_;
  PerLayer<Mark> marks_;
  PerLayer<int> finding_;  // that marked the layer
  std::vector<std::pair<LayerId, LayerId>> causes_;
  std::vector<Box> boxes_;
  bool two_sided_ = false;
  int width_ = 0;
  int height_ = 0;
};

}  // namespace

std::string render_picture(const Checked& checked, const std::string& anchors) {
  if (checked.spec.layers.empty() || checked.trace.layers.size() != checked.spec.layers.size()) return {};
  return Picture(checked, anchors).draw();
}

}  // namespace shapedbg
