#include "net/content.h"

#include <cstdint>
#include <cstring>

namespace shapedbg {
namespace {

class Writer {
 public:
  explicit Writer(std::string& bytes) : bytes_(bytes) {}

  template <class Number>
  void number(Number value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes_.append(raw, sizeof value);
  }
  template <class List, class Item>
  void list(const List& all, Item&& item) {
    number(static_cast<std::uint32_t>(all.size()));
    for (const auto& one : all) item(one);
  }
  void ref(Ref ref) {
    number(ref.layer);
    number(ref.output);
  }
  void expression(const Expression& all) {
    list(all.nodes(), [&](const Expression::Node& node) {
      number(node.op);
      number(node.value);
      number(node.input);
      number(node.left);
      number(node.right);
    });
  }

  void operator()(std::monostate) {}
  void operator()(bool value) { number(value); }
  void operator()(std::int64_t value) { number(value); }
  void operator()(double value) { number(value); }
  void operator()(const std::string& value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }
  void operator()(const std::vector<std::int64_t>& value) {
    list(value, [&](std::int64_t one) { number(one); });
  }
  void operator()(const std::vector<double>& value) {
    list(value, [&](double one) { number(one); });
  }
  void operator()(const std::vector<Expression>& value) {
    list(value, [&](const Expression& one) { expression(one); });
  }
  void operator()(const std::vector<std::vector<Expression>>& value) {
    list(value, [&](const std::vector<Expression>& one) { (*this)(one); });
  }
  void operator()(const std::vector<SliceRange>& value) {
    list(value, [&](const SliceRange& one) {
      number(one.start);
      number(one.stop);
      number(one.step);
    });
  }
  void operator()(Ref value) { ref(value); }

  void expect(const Rare<Expect>& expect) {
    number(expect.has_value());
    if (!expect) return;
    number(expect->kind);
    if (expect->kind == Expect::Kind::shape) (*this)(expect->shape);
    if (expect->kind == Expect::Kind::scale) (*this)(expect->scale);
  }

  void layer(const LayerSpec& layer) {
    number(layer.kind);
    number(layer.broken);
    list(layer.inputs, [&](Ref input) { ref(input); });
    for (const OptionValue& option : layer.options) {
      number(static_cast<std::uint8_t>(option.value.index()));
      std::visit(*this, option.value);
    }
    expect(layer.expect);
  }

 private:
  std::string& bytes_;
};

}  // namespace

std::string content_of(const Spec& spec, std::optional<FreeAxis> open) {
  std::string bytes;
  bytes.reserve(64 * spec.layers.size() + 64);
  Writer write(bytes);
  int index = 0;
  write.list(spec.inputs, [&](const InputSpec& input) {
    Shape shape = input.shape;
    if (open && open->input == index) shape[static_cast<std::size_t>(open->axis)] = 0;
    write(shape);
    ++index;
  });
  write.list(spec.layers, [&](const LayerSpec& layer) { write.layer(layer); });
  write.expect(spec.expect);
  return bytes;
}

}  // namespace shapedbg
