#include "read/pt2/srepr.h"

#include <charconv>
#include <unordered_map>

namespace shapedbg::pt2 {
namespace {

using calls::Formula;
using Op = Formula::Op;

constexpr int kMostDepth = 100;

class Srepr {
 public:
  Srepr(std::string_view text, const std::function<std::int64_t(std::string_view)>& symbol)
      : text_(text), symbol_(symbol) {}

  Formula run() {
    Formula read = value(0);
    skip_blank();
    return at_ == text_.size() ? read : Formula();
  }

 private:
  void skip_blank() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip_blank();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view name() {
    skip_blank();
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_'))
      ++at_;
    return text_.substr(begin, at_ - begin);
  }
  // The text up to the `)` that closes what is open, behind which it then stands.
  std::string_view inside() {
    const std::size_t begin = at_;
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '(') ++depth;
      if (text_[at_] == ')' && depth-- == 0) return text_.substr(begin, at_++ - begin);
    }
    return text_.substr(begin);
  }

  static Formula number(std::string_view digits) {
    std::int64_t value = 0;
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return code == std::errc() && stop == digits.data() + digits.size() ? Formula::constant(value)
                                                                        : Formula();
  }

  Formula leaf(std::string_view function) {
    const std::string_view in = inside();
    if (function == "Integer") return number(in);
    if (function == "Symbol") {
      const std::size_t open = in.find('\'');
      const std::size_t close = open == std::string_view::npos ? open : in.find('\'', open + 1);
      if (close == std::string_view::npos) return {};
      return Formula::symbol(symbol_(in.substr(open + 1, close - open - 1)));
    }
    // Rational(1, 2)
    const std::size_t comma = in.find(", ");
    if (comma == std::string_view::npos) return {};
    return Formula::binary(Op::divide, number(in.substr(0, comma)), number(in.substr(comma + 2)));
  }

  static Formula power(const Formula& base, const Formula& exponent) {
    if (!exponent.is_constant()) return {};
    const std::int64_t times = exponent.nodes()[0].value;
    if (times == 0 || times < -4 || times > 4) return {};
    Formula product = base;
    for (std::int64_t i = 1; i < std::abs(times); ++i) product = Formula::binary(Op::multiply, product, base);
    return times > 0 ? product : Formula::binary(Op::divide, Formula::constant(1), product);
  }

  Formula value(int depth) {
    if (depth > kMostDepth) return {};
    skip_blank();
    if (at_ < text_.size() && (text_[at_] == '-' || std::isdigit(static_cast<unsigned char>(text_[at_])))) {
      const std::size_t begin = at_++;
      while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) ++at_;
      return number(text_.substr(begin, at_ - begin));
    }
    const std::string_view function = name();
    if (!take('(')) return {};
    if (function == "Integer" || function == "Symbol" || function == "Rational") return leaf(function);
    std::vector<Formula> operands;
    while (!take(')')) {
      operands.push_back(value(depth + 1));
      if (operands.back().empty()) return {};
      if (!take(',') && (at_ >= text_.size() || text_[at_] != ')')) return {};
    }
    return computed(function, operands);
  }

  static Formula computed(std::string_view function, const std::vector<Formula>& of) {
    if (of.empty()) return {};
    static const std::unordered_map<std::string_view, Op> folded{
        {"Add", Op::add}, {"Mul", Op::multiply}, {"Max", Op::max}, {"Min", Op::min}};
    if (const auto found = folded.find(function); found != folded.end()) {
      Formula sum = of[0];
      for (std::size_t i = 1; i < of.size(); ++i) sum = Formula::binary(found->second, sum, of[i]);
      return sum;
    }
    static const std::unordered_map<std::string_view, Op> ones{{"ceiling", Op::ceil},
                                                               {"CeilToInt", Op::ceil},
                                                               {"floor", Op::floor},
                                                               {"FloorToInt", Op::floor},
                                                               {"TruncToInt", Op::truncate}};
    if (const auto found = ones.find(function); found != ones.end() && of.size() == 1)
      return Formula::unary(found->second, of[0]);
    if (of.size() == 1 && (function == "ToFloat" || function == "Identity")) return of[0];
    static const std::unordered_map<std::string_view, Op> twos{
        {"FloorDiv", Op::floor_divide}, {"CleanDiv", Op::floor_divide}, {"Mod", Op::modulo},
        {"PythonMod", Op::modulo},      {"IntTrueDiv", Op::divide},     {"FloatTrueDiv", Op::divide}};
    if (of.size() != 2) return {};
    if (const auto found = twos.find(function); found != twos.end())
      return Formula::binary(found->second, of[0], of[1]);
    if (function == "CeilDiv") return Formula::unary(Op::ceil, Formula::binary(Op::divide, of[0], of[1]));
    if (function == "Pow" || function == "PowByNatural") return power(of[0], of[1]);
    return {};
  }

  std::string_view text_;
  const std::function<std::int64_t(std::string_view)>& symbol_;
  std::size_t at_ = 0;
};

}  // namespace

Formula read_srepr(std::string_view text, const std::function<std::int64_t(std::string_view)>& symbol) {
  return Srepr(text, symbol).run();
}

}  // namespace shapedbg::pt2
