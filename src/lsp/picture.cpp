#include "lsp/picture.h"

#include <algorithm>
#include <utility>

#include "infer/sizes.h"
#include "lsp/names.h"
#include "read/json/blocks.h"

namespace shapedbg::lsp {

namespace {

const std::vector<LayerId> kNone;
// Shapes shown where one line stands for many layers.
constexpr std::size_t kMostShapes = 3;

}  // namespace

Picture::Picture(std::shared_ptr<const Source> text, std::int64_t revision, Stage stage, Checked checked)
    : text_(std::move(text)), revision_(revision), stage_(stage), checked_(std::move(checked)) {}

Picture::~Picture() = default;

const NameTable& Picture::names() const {
  if (!names_) names_ = std::make_unique<NameTable>(document());
  return *names_;
}

bool Picture::usable() const {
  return !checked_.spec.layers.empty() && checked_.trace.layers.size() == checked_.spec.layers.size();
}

const json::Document& Picture::document() const {
  if (!document_) document_ = std::make_unique<json::Document>(*text_, syntax_);
  return *document_;
}

const json::Node* Picture::at(std::size_t offset) const {
  const json::Document& tree = document();
  if (tree.empty()) return nullptr;
  const json::Node* node = &tree.root();
  const auto holds = [&](Span span) { return span.begin <= offset && offset <= span.end; };
  if (!holds(node->span)) return nullptr;
  while (true) {
    const json::Node* inner = nullptr;
    for (const json::Node* child = tree.first(*node); child; child = tree.next(*child)) {
      if (holds(child->span) || (!child->key().empty() && holds(child->key_span))) inner = child;
      if (child->span.begin > offset) break;
    }
    if (!inner) return node;
    node = inner;
    if (!holds(node->span)) return node;
  }
}

void Picture::index() const {
  if (indexed_) return;
  indexed_ = true;
  std::unordered_map<std::size_t, int> last;  // of the use, while layers of it follow each other
  const std::vector<LayerSpec>& layers = checked_.spec.layers;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    layers_[layers[i].where.span.begin].push_back(LayerId(i));
    for (const Location& use : layers[i].used_at) {
      std::vector<LayerId>& ends = ends_[use.span.begin];
      if (!ends.empty() && ends.back() + 1 == LayerId(i)) {
        ends.back() = LayerId(i);
      } else {
        ends.push_back(LayerId(i));
      }
    }
  }
}

const std::vector<LayerId>& Picture::layers_of(const json::Node& entry) const {
  index();
  const auto found = layers_.find(entry.span.begin);
  return found == layers_.end() ? kNone : found->second;
}

const std::vector<LayerId>& Picture::ends_of_use(const json::Node& use) const {
  index();
  const json::Document& tree = document();
  const auto found = ends_.find(entry_place(tree, use).span.begin);
  return found == ends_.end() ? kNone : found->second;
}

const std::string& Picture::right_sizes() const {
  if (!right_sizes_) right_sizes_ = right_sizes_text(checked_);
  return *right_sizes_;
}

std::string right_sizes_text(const Checked& checked) {
  const Spec& spec = checked.spec;
  const bool broken = std::any_of(spec.layers.begin(), spec.layers.end(),
                                  [](const LayerSpec& layer) { return layer.broken; });
  if (spec.layers.empty() || checked.trace.layers.size() != spec.layers.size() || broken) return {};
  constexpr std::int64_t kShortLook = 50'000;
  std::string text = right_sizes(spec, kShortLook).text;
  if (text.find("no size") == std::string::npos) return text;
  // Another axis is wrong as declared, so none is right alone.
  VariedSize all;
  const int rank = static_cast<int>(spec.inputs.front().shape.size());
  for (int axis = static_cast<int>(first_spatial_axis(spec)); axis < rank; ++axis)
    all.axes.push_back({0, axis});
  if (all.axes.size() < 2) return text;
  const SizeMap map = size_map(ForOtherSizes(spec).spec(), all, {}, kShortLook);
  const std::string together = map.proven ? describe_sizes(map, is_right) : std::string();
  return together.empty() || together == "no size" ? text : together + ", the same on each axis";
}

std::string returned_text(const LayerTrace& row) {
  std::string text;
  for (const Shape& shape : row.outputs) text += (text.empty() ? "" : ", ") + bracketed(shape);
  return text;
}

std::string returned_text(const Checked& checked, const std::vector<LayerId>& layers) {
  std::vector<std::string> shapes;
  std::string text;
  for (const LayerId layer : layers) {
    std::string one = returned_text(checked.trace.row(layer));
    if (one.empty() || std::find(shapes.begin(), shapes.end(), one) != shapes.end()) continue;
    if (shapes.size() == kMostShapes) return text + " | …";
    text += (text.empty() ? "" : " | ") + one;
    shapes.push_back(std::move(one));
  }
  return text;
}

}  // namespace shapedbg::lsp
