// Sets of sizes in words, the shortest true ones.
#include <algorithm>
#include <numeric>
#include <utility>

#include "infer/sizes.h"
#include "size/number.h"
#include "size/pattern.h"

namespace shapedbg {
namespace {

std::string listed(const std::vector<std::int64_t>& numbers, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) out += i + 1 == numbers.size() ? std::string(last) : ", ";
    out += std::to_string(numbers[i]);
  }
  return out;
}

bool consecutive(const std::vector<std::int64_t>& numbers) {
  return numbers.back() - numbers.front() == static_cast<std::int64_t>(numbers.size()) - 1;
}

constexpr std::size_t kListed = 4;  // numbers that a sentence can hold

std::string finite(const std::vector<std::int64_t>& sizes) {
  if (sizes.empty()) return "no size";
  if (sizes.size() > 2 && consecutive(sizes))
    return "only " + std::to_string(sizes.front()) + " to " + std::to_string(sizes.back());
  if (sizes.size() <= kListed) return "only " + listed(sizes, " and ");
  return "only " + std::to_string(sizes.size()) + " sizes, from " + std::to_string(sizes.front()) + " to " +
         std::to_string(sizes.back());
}

// The residue classes in words; `residues` are neither none nor all.
std::string classes_text(const std::vector<std::int64_t>& residues, std::int64_t period) {
  const std::string mod = "n mod " + std::to_string(period);
  if (residues.size() == 1 && residues[0] == 0)
    return period == 2 ? "even sizes" : "multiples of " + std::to_string(period);
  if (residues.size() == 1 && period == 2) return "odd sizes";
  if (residues.size() > 2 && consecutive(residues))
    return mod + " = " + std::to_string(residues.front()) + " to " + std::to_string(residues.back());
  if (residues.size() <= kListed) return mod + " = " + listed(residues, " or ");
  std::vector<std::int64_t> others;
  for (std::int64_t r = 0; r < period; ++r)
    if (!std::binary_search(residues.begin(), residues.end(), r)) others.push_back(r);
  if (others.size() == 1 && others[0] == 0) return "sizes that are no multiple of " + std::to_string(period);
  if (others.size() > 2 && consecutive(others))
    return "sizes but n mod " + std::to_string(period) + " = " + std::to_string(others.front()) + " to " +
           std::to_string(others.back());
  if (others.size() <= kListed) return "sizes but " + mod + " = " + listed(others, " or ");
  return std::to_string(residues.size()) + " of every " + std::to_string(period) + " sizes";
}

}  // namespace

std::string describe(const SizeRule& rule) {
  std::vector<bool> classes;
  std::vector<bool> small;
  for (const SizeOutcome outcome : rule.classes) classes.push_back(outcome == SizeOutcome::right);
  for (const SizeOutcome outcome : rule.small) small.push_back(outcome == SizeOutcome::right);
  return describe_sizes(std::move(classes), std::move(small));
}

std::string describe_sizes(std::vector<bool> classes, std::vector<bool> small) {
  if (classes.empty()) classes.push_back(false);
  shorten(classes, small);
  const auto period = static_cast<std::int64_t>(classes.size());
  std::vector<std::int64_t> early;  // right sizes below the place from which the classes hold
  for (std::size_t i = 0; i < small.size(); ++i)
    if (small[i]) early.push_back(static_cast<std::int64_t>(i) + 1);
  std::vector<std::int64_t> residues;
  for (std::int64_t r = 0; r < period; ++r)
    if (classes[static_cast<std::size_t>(r)]) residues.push_back(r);
  if (residues.empty()) return finite(early);

  std::int64_t from = static_cast<std::int64_t>(small.size()) + 1;
  while (!classes[static_cast<std::size_t>(from % period)]) ++from;
  // Sizes that follow the classes need no mention of their own: the last exception is a wrong one.
  std::string text;
  if (period == 1) {
    std::vector<std::int64_t> others;
    for (std::size_t i = 0; i < small.size(); ++i)
      if (!small[i]) others.push_back(static_cast<std::int64_t>(i) + 1);
    if (early.size() > kListed && others.size() > 2 && consecutive(others))
      return "every size but " + std::to_string(others.front()) + " to " + std::to_string(others.back());
    if (early.size() > kListed && others.size() <= kListed)
      return "every size but " + listed(others, " and ");
    text = from == 1 ? "every size" : "every size from " + std::to_string(from);
  } else {
    text = classes_text(residues, period);
    if (from != 1) text += ", from " + std::to_string(from);
  }
  if (early.empty()) return text;
  if (early.size() <= kListed) return text + ", and " + listed(early, " and ");
  return text + ", and " + std::to_string(early.size()) + " smaller ones";
}

namespace {

// Classes of which there are too many to be written down one by one.
struct Pieces {
  std::vector<const SizeBox*> endless;
  std::vector<const SizeBox*> finite;
};

// "multiples of 1048576", "n mod 1048576 = 1 to 3". Nothing for a set that is no such range of residues.
std::optional<std::string> range_of_residues(const SizeBox& box) {
  const std::int64_t period = box.period();
  std::int64_t width = 1;
  if (box.digits.size() == 2 && box.digits[1].step == 1) width = box.digits[1].count;
  if (box.digits.size() > 2 || (box.digits.size() == 2 && width == 1)) return std::nullopt;
  const std::int64_t first = box.base % period;
  if (width == 1) return classes_text({first}, period);
  if (first + width > period) return std::nullopt;
  return "n mod " + std::to_string(period) + " = " + std::to_string(first) + (width == 2 ? " or " : " to ") +
         std::to_string(first + width - 1);
}

std::string smaller_ones(const std::vector<const SizeBox*>& finite) {
  std::int64_t count = 0;
  for (const SizeBox* box : finite) count = std::min(count + box->members(), huge_size);
  if (count == 0) return {};
  if (count > static_cast<std::int64_t>(kListed)) return ", and " + std::to_string(count) + " other ones";
  std::vector<std::int64_t> sizes;
  for (const SizeBox* box : finite)
    for (auto n = box->next(1); n; n = box->next(*n + 1)) sizes.push_back(*n);
  std::sort(sizes.begin(), sizes.end());
  return ", and " + listed(sizes, " and ");
}

std::string only_finite(const std::vector<const SizeBox*>& boxes) {
  std::int64_t count = 0;
  std::int64_t first = huge_size;
  std::int64_t last = 0;
  for (const SizeBox* box : boxes) {
    count = std::min(count + box->members(), huge_size);
    first = std::min(first, box->base);
    last = std::max(last, box->largest());
  }
  if (count <= static_cast<std::int64_t>(kListed)) {
    std::vector<std::int64_t> sizes;
    for (const SizeBox* box : boxes)
      for (auto n = box->next(1); n; n = box->next(*n + 1)) sizes.push_back(*n);
    std::sort(sizes.begin(), sizes.end());
    return finite(sizes);
  }
  const std::string range = std::to_string(first) + " to " + std::to_string(last);
  return count == last - first + 1 ? "only " + range
                                   : "only " + std::to_string(count) + " sizes, from " + range;
}

// How many of all sizes, to two digits: the share of a set with a period too long for words.
std::string share_of(const std::vector<const SizeBox*>& endless) {
  double share = 0;
  for (const SizeBox* box : endless)
    share += static_cast<double>(box->members()) / static_cast<double>(box->period());
  const double percent = 100 * share;
  char text[32];
  std::snprintf(text, sizeof text, percent >= 1 ? "%.0f" : "%.2g", percent);
  return std::string("about ") + text + "% of all sizes";
}

}  // namespace

std::string describe_sizes(const SizeMap& map, const SizeMap::Which& which) {
  if (map.is_pattern()) {
    std::vector<bool> classes;
    std::vector<bool> small;
    for (const SizeVerdict& v : map.classes) classes.push_back(which(v));
    for (const SizeVerdict& v : map.small) small.push_back(which(v));
    return describe_sizes(std::move(classes), std::move(small));
  }
  Pieces in;
  Pieces out;
  for (const SizePiece& piece : map.pieces) {
    Pieces& side = which(piece.verdict) ? in : out;
    (piece.sizes.finite() ? side.finite : side.endless).push_back(&piece.sizes);
  }
  if (in.endless.empty()) return only_finite(in.finite);
  std::int64_t from = huge_size;  // the least of the endless classes
  for (const SizeBox* box : in.endless) from = std::min(from, box->base);
  const auto beyond = [&](std::int64_t n) { return n == 1 ? std::string() : ", from " + std::to_string(n); };
  if (map.proven && out.endless.empty()) {
    // All but some: from where on every one is in.
    std::int64_t last = 0;
    for (const SizeBox* box : out.finite) last = std::max(last, box->largest());
    const std::int64_t before = map.count_to(last, which);
    const std::string text = last == 0 ? "every size" : "every size from " + std::to_string(last + 1);
    return before == 0 ? text : text + ", and " + std::to_string(before) + " smaller ones";
  }
  if (in.endless.size() == 1) {
    if (const auto text = range_of_residues(*in.endless[0]))
      return *text + beyond(from) + smaller_ones(in.finite);
  }
  const bool apart = std::all_of(out.finite.begin(), out.finite.end(),
                                 [&](const SizeBox* box) { return box->largest() < from; });
  if (map.proven && out.endless.size() == 1 && in.finite.empty() && apart) {
    if (const auto text = range_of_residues(*out.endless[0])) {
      const std::string_view multiples = "multiples of ";
      if (text->starts_with(multiples))
        return "sizes that are no multiple of " + text->substr(multiples.size()) + beyond(from);
      return "sizes but " + *text + beyond(from);
    }
  }
  return share_of(in.endless) + beyond(from) + smaller_ones(in.finite);
}

}  // namespace shapedbg
