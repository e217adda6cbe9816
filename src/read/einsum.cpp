#include "read/einsum.h"

#include <algorithm>
#include <cctype>

namespace shapedbg::einsum {
namespace {

// A tensor on its way through the steps of one product: a letter for each axis.
struct Labelled {
  Ref ref;
  std::string letters;
};

bool repeats(const std::string& letters) {
  for (std::size_t i = 0; i < letters.size(); ++i)
    if (letters.find(letters[i], i + 1) != std::string::npos) return true;
  return false;
}

bool has(const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; }

// The layers of one product. The last step is kept back: it is the call's own layer.
class Product {
 public:
  explicit Product(const EinsumSteps& steps) : steps_(steps) {}

  // a and b, summed over what `result` does not name.
  void multiply(Labelled a, Labelled b, const std::string& result) {
    a = summed(std::move(a), b.letters + result);
    b = summed(std::move(b), a.letters + result);
    std::string batch;
    std::string rows;
    std::string columns;
    std::string inner;
    for (const char letter : result)
      (has(a.letters, letter) ? has(b.letters, letter) ? batch : rows : columns) += letter;
    for (const char letter : a.letters)
      if (!has(result, letter)) inner += letter;
    if (inner.empty()) {
      element_wise(std::move(a), std::move(b), result);
      return;
    }
    // All rows and columns but one each are batches of the other side, of size 1 there.
    const std::string more_rows = rows.empty() ? "" : rows.substr(0, rows.size() - 1);
    const std::string more_columns = columns.empty() ? "" : columns.substr(0, columns.size() - 1);
    const std::string row = rows.empty() ? "" : rows.substr(rows.size() - 1);
    const std::string column = columns.empty() ? "" : columns.substr(columns.size() - 1);
    a = joined(ordered(std::move(a), batch + more_rows + row + inner), inner);
    b = joined(ordered(std::move(b), batch + more_columns + inner + column), inner);
    const char one = inner[0];
    const std::string outer = batch + more_rows + more_columns;
    a = filled(std::move(a), outer + (row.empty() ? "<" : row) + one);
    b = filled(std::move(b), outer + one + (column.empty() ? ">" : column));
    Labelled product{{}, outer + (row.empty() ? "<" : row) + (column.empty() ? ">" : column)};
    product.ref = push(DraftLayer("MatMul", {a.ref, b.ref}));
    for (const char gone : {'>', '<'})
      if (const std::size_t at = product.letters.find(gone); at != std::string::npos) {
        DraftLayer layer("Squeeze", {product.ref});
        layer.set("dim", static_cast<std::int64_t>(at));
        product = {push(std::move(layer)), std::string(product.letters).erase(at, 1)};
      }
    ordered(std::move(product), result);
    finish();
  }

  // One operand: its axes summed and in another order.
  void single(Labelled a, const std::string& result) {
    ordered(summed(std::move(a), result), result);
    finish();
  }

 private:
  // The layer that was last becomes one on the way, the new one waits.
  Ref push(DraftLayer layer) {
    if (last_) {
      const Ref before = steps_.before(std::move(*last_));
      for (Ref& ref : layer.inputs)
        if (ref == kLast) ref = before;
    }
    last_ = std::move(layer);
    return kLast;
  }

  void finish() {
    if (!last_) return;
    steps_.last(std::move(*last_));
    last_.reset();
  }

  // A layer that the other operand does not wait for.
  Labelled through(DraftLayer layer, std::string letters) {
    return {push(std::move(layer)), std::move(letters)};
  }

  Labelled settled(Labelled a) {
    if (a.ref == kLast && last_) {
      a.ref = steps_.before(std::move(*last_));
      last_.reset();
    }
    return a;
  }

  Labelled summed(Labelled a, const std::string& wanted) {
    std::vector<std::int64_t> dims;
    std::string left;
    for (std::size_t k = 0; k < a.letters.size(); ++k) {
      if (has(wanted, a.letters[k]))
        left += a.letters[k];
      else
        dims.push_back(static_cast<std::int64_t>(k));
    }
    if (dims.empty()) return a;
    DraftLayer layer("Sum", {a.ref});
    dims.size() == 1 ? layer.set("dim", dims[0]) : layer.set("dim", dims);
    return settled(through(std::move(layer), left));
  }

  Labelled ordered(Labelled a, const std::string& order) {
    if (a.letters == order) return a;
    std::vector<std::int64_t> dims;
    for (const char letter : order) dims.push_back(static_cast<std::int64_t>(a.letters.find(letter)));
    DraftLayer layer("Permute", {a.ref});
    layer.set("dims", dims);
    return through(std::move(layer), order);
  }

  // Several axes that are summed over become one, under the letter of the first.
  Labelled joined(Labelled a, const std::string& inner) {
    if (inner.size() < 2) return settled(std::move(a));
    const auto at = static_cast<std::int64_t>(a.letters.find(inner));
    DraftLayer layer("Flatten", {a.ref});
    layer.set("start_dim", at).set("end_dim", at + static_cast<std::int64_t>(inner.size()) - 1);
    std::string letters = a.letters;
    letters.erase(static_cast<std::size_t>(at) + 1, inner.size() - 1);
    return settled(through(std::move(layer), letters));
  }

  // Axes of size 1 for the letters of `order` that it has not.
  Labelled filled(Labelled a, const std::string& order) {
    for (std::size_t k = 0; k < order.size(); ++k) {
      if (has(a.letters, order[k])) continue;
      DraftLayer layer("Unsqueeze", {a.ref});
      layer.set("dim", static_cast<std::int64_t>(k));
      std::string letters = a.letters;
      letters.insert(k, 1, order[k]);
      a = settled(through(std::move(layer), letters));
    }
    return a;
  }

  // Nothing is summed over: a product of elements.
  void element_wise(Labelled a, Labelled b, const std::string& result) {
    const auto own = [&](const Labelled& of) {
      std::string order;
      for (const char letter : result)
        if (has(of.letters, letter)) order += letter;
      return order;
    };
    const std::string order_a = own(a);
    const std::string order_b = own(b);
    a = filled(settled(ordered(std::move(a), order_a)), result);
    b = filled(settled(ordered(std::move(b), order_b)), result);
    push(DraftLayer("Mul", {a.ref, b.ref}));
    finish();
  }

  static constexpr Ref kLast{LayerId(1 << 30), 0};
  const EinsumSteps& steps_;
  std::optional<DraftLayer> last_;
};

}  // namespace

std::optional<Equation> read_equation(std::string text, const std::vector<std::size_t>& ranks) {
  std::erase(text, ' ');
  const std::size_t arrow = text.find("->");
  if (arrow == std::string::npos) return std::nullopt;
  Equation equation;
  std::string left = text.substr(0, arrow);
  for (std::size_t at = 0; at <= left.size();) {
    const std::size_t comma = std::min(left.find(',', at), left.size());
    equation.operands.push_back(left.substr(at, comma - at));
    at = comma + 1;
  }
  equation.result = text.substr(arrow + 2);
  if (equation.operands.size() != ranks.size()) return std::nullopt;
  std::size_t most = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const std::size_t named = equation.operands[i].size();
    const bool dots = equation.operands[i].find("...") != std::string::npos;
    if (dots ? ranks[i] + 3 < named : ranks[i] != named) return std::nullopt;
    if (dots) most = std::max(most, ranks[i] + 3 - named);
  }
  if (most > 9) return std::nullopt;
  const auto spell = [](std::string& letters, std::size_t axes) {
    const std::size_t dots = letters.find("...");
    if (dots == std::string::npos) return;
    std::string digits;  // the last of them is 9: broadcast from behind
    for (std::size_t k = 0; k < axes; ++k) digits += static_cast<char>('9' - (axes - 1 - k));
    letters.replace(dots, 3, digits);
  };
  for (std::size_t i = 0; i < ranks.size(); ++i)
    spell(equation.operands[i], ranks[i] + 3 - std::min(ranks[i] + 3, equation.operands[i].size()));
  spell(equation.result, most);
  for (const std::string& letters : equation.operands)
    if (repeats(letters) || letters.empty()) return std::nullopt;
  if (repeats(equation.result) || equation.result.empty()) return std::nullopt;
  for (const char letter : equation.result)
    if (std::none_of(equation.operands.begin(), equation.operands.end(),
                     [&](const std::string& operand) { return operand.find(letter) != std::string::npos; }))
      return std::nullopt;
  return equation;
}

std::string implied(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (std::isalpha(static_cast<unsigned char>(letter)) == 0) continue;
    if (std::count(text.begin(), text.end(), letter) == 1) result += letter;
  }
  std::sort(result.begin(), result.end());
  return (text.find("...") == std::string::npos ? "" : "...") + result;
}

void multiply(const EinsumSteps& steps, Ref a, Ref b, const Equation& equation) {
  Product(steps).multiply({a, equation.operands[0]}, {b, equation.operands[1]}, equation.result);
}

void rearrange(const EinsumSteps& steps, Ref a, const Equation& equation) {
  Product(steps).single({a, equation.operands[0]}, equation.result);
}

}  // namespace shapedbg::einsum
