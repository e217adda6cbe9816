#include "code/wording.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace shapedbg {
namespace {

using Says = ConstructorCall::Says;
using Numbers = std::vector<std::int64_t>;  // one for each layer
constexpr std::int64_t kMostTimes = 4096;
constexpr std::int64_t kLeastWidth = 8;  // what is less is a count of something else

// A name, and what it says where each of the layers is made.
struct Word {
  std::string text;
  Numbers numbers;
  bool own;  // stands in the text that is replaced
  bool width() const { return numbers.front() >= kLeastWidth; }
  // Somewhere; what says nothing is 1 there.
  bool reaches(std::int64_t least) const { return std::ranges::max(numbers) >= least; }
};

const std::int64_t* said_by(const Says& says, const std::string& text) {
  const auto found =
      std::find_if(says.begin(), says.end(), [&](const auto& one) { return one.first == text; });
  return found == says.end() ? nullptr : &found->second;
}

// What `text` says for each layer; empty where one of them does not have it.
Numbers numbers_of(const std::vector<Wanted>& all, Says ConstructorCall::Place::*says,
                   const std::string& text) {
  Numbers numbers;
  for (const Wanted& one : all)
    if (const std::int64_t* number = said_by(one.place->*says, text)) numbers.push_back(*number);
  return numbers.size() == all.size() ? numbers : Numbers{};
}

class Search {
 public:
  explicit Search(const std::vector<Wanted>& all) {
    for (const Wanted& one : all) wanted_.push_back(one.number);
    const Says& first = all.front().place->words;
    for (std::size_t i = 0; i < first.size(); ++i) {
      Numbers numbers = numbers_of(all, &ConstructorCall::Place::words, first[i].first);
      const bool own = i < static_cast<std::size_t>(std::max(0, all.front().place->own));
      if (!numbers.empty()) words_.push_back({first[i].first, std::move(numbers), own});
    }
  }

  // What decides sizes is said by the name that it has, or as people write it beside a stride or a kernel
  // that differs from layer to layer.
  std::string idiom(std::string_view option) const {
    for (const Word& word : words_)
      if (word.text == option && word.numbers == wanted_) return word.text;
    const bool differ =
        std::any_of(wanted_.begin(), wanted_.end(), [&](std::int64_t one) { return one != wanted_.front(); });
    for (const Word& word : words_) {
      const auto& n = word.numbers;
      if (!differ) break;
      if (option == "output_padding" && holds([&](std::size_t i) { return n[i] % 2; }))
        return word.text + " % 2";
      // Of a kernel of 3: a stride of 2 needs one, a stride of 1 none.
      if (option == "output_padding" && holds([&](std::size_t i) { return n[i] - 1; }))
        return word.text + " - 1";
      if (option == "padding" && holds([&](std::size_t i) { return n[i] / 2; })) return word.text + " // 2";
      if (option == "padding" && holds([&](std::size_t i) { return n[i]; })) return word.text;
      const bool factor = option == "scale_factor" || option == "stride" || option == "dilation";
      if (factor && holds([&](std::size_t i) { return n[i] < 0 || n[i] > 16 ? 0 : std::int64_t{1} << n[i]; }))
        return "2 ** " + word.text;
    }
    return {};
  }

  std::string alone() const {
    for (const Word& word : words_)
      if (word.numbers == wanted_) return word.text;
    return {};
  }

  // `own`: with a word of the text that is replaced.
  std::string joined(bool own) const {
    for (const auto form : {&Search::squared, &Search::few_times, &Search::sum, &Search::product,
                            &Search::part, &Search::some_more, &Search::sum_of_three}) {
      std::string text = (this->*form)(own);
      if (!text.empty()) return text;
    }
    return {};
  }

  std::string some_more(bool own) const {
    for (const Word& word : words_)
      for (const std::int64_t more : {1, 2, -1, -2})
        if (own && word.own && holds([&](std::size_t i) { return word.numbers[i] + more; }))
          return word.text + (more > 0 ? " + " : " - ") + std::to_string(std::abs(more));
    return {};
  }

  std::string few_times(bool own) const { return times(2, 4, own); }
  std::string many_times() const { return times(5, kMostTimes, false); }

 private:
  template <class Says>
  bool holds(const Says& says) const {
    for (std::size_t i = 0; i < wanted_.size(); ++i)
      if (says(i) != wanted_[i]) return false;
    return true;
  }

  std::string times(std::int64_t least, std::int64_t most, bool own) const {
    for (const Word& word : words_) {
      const std::int64_t one = word.numbers.front();
      if (own > word.own || one < (word.own ? 2 : kLeastWidth) || wanted_.front() % one != 0) continue;
      const std::int64_t count = wanted_.front() / one;
      if (count >= least && count <= most && holds([&](std::size_t i) { return word.numbers[i] * count; }))
        return word.text + " * " + std::to_string(count);
    }
    return {};
  }
  std::string part(bool own) const {
    for (const Word& word : words_)
      for (const std::int64_t count : {2, 4})
        if (own <= word.own &&
            holds([&](std::size_t i) { return word.numbers[i] % count == 0 ? word.numbers[i] / count : -1; }))
          return word.text + " // " + std::to_string(count);
    return {};
  }

  template <class Of>
  std::string of_two(bool own, const char* sign, std::int64_t least, const Of& of) const {
    for (const Word& a : words_)
      for (const Word& b : words_)
        if (&a != &b && (!own || a.own) && a.reaches(least) && b.reaches(least) &&
            holds([&](std::size_t i) { return of(a.numbers[i], b.numbers[i]); }))
          return a.text + sign + b.text;
    return {};
  }
  std::string sum(bool own) const {
    return of_two(own, " + ", 1, [](std::int64_t a, std::int64_t b) { return a + b; });
  }
  std::string product(bool own) const {
    return of_two(own, " * ", 2, [](std::int64_t a, std::int64_t b) { return a * b; });
  }
  // 3 * scale ** 2 of two words that stand in the text already.
  std::string squared(bool own) const {
    for (const Word& a : words_)
      for (const Word& b : words_)
        if (own && &a != &b && a.own && b.own && b.numbers.front() >= 2 &&
            holds([&](std::size_t i) { return a.numbers[i] * b.numbers[i] * b.numbers[i]; }))
          return a.text + " * " + b.text + " ** 2";
    return {};
  }
  std::string sum_of_three(bool own) const {
    std::string text =
        of_two(own, " + 2 * ", kLeastWidth, [](std::int64_t a, std::int64_t b) { return a + 2 * b; });
    for (const Word& a : words_)
      for (const Word& b : words_)
        for (const Word& c : words_) {
          const bool three = text.empty() && &b < &c && &a != &b && &a != &c && (!own || a.own) && a.width();
          // The product that stands there already, and one more: G0 + C * G of C * G.
          const bool more =
              own && text.empty() && &b < &c && &a != &b && &a != &c && b.own && c.own && a.width();
          if ((three || more) &&
              holds([&](std::size_t i) { return a.numbers[i] + b.numbers[i] * c.numbers[i]; }))
            text = a.text + " + " + b.text + " * " + c.text;
          if (three && &a < &b && b.width() && c.width() && text.empty() &&
              holds([&](std::size_t i) { return a.numbers[i] + b.numbers[i] + c.numbers[i]; }))
            text = a.text + " + " + b.text + " + " + c.text;
        }
    return text;
  }

  Numbers wanted_;
  std::vector<Word> words_;
};

}  // namespace

std::string in_words(const std::vector<Wanted>& all, std::string_view option, bool joined) {
  if (all.empty()) return {};
  for (const auto& [text, number] : all.front().place->texts) {
    const Numbers numbers = numbers_of(all, &ConstructorCall::Place::texts, text);
    bool fits = !numbers.empty();
    for (std::size_t i = 0; fits && i < all.size(); ++i) fits = numbers[i] == all[i].number;
    if (fits) return text;
  }
  const Search search(all);
  if (option == "groups") return search.alone();  // of a depthwise convolution: what the call says already
  if (!all.front().place->wide) return search.idiom(option);
  std::string text = joined ? search.few_times(/*own=*/true) : std::string();
  if (text.empty()) text = search.alone();
  // A place more or less is a token; what else changes a table's length is said elsewhere.
  if (all.front().place->axis) return text.empty() ? search.some_more(/*own=*/true) : text;
  if (text.empty()) text = search.joined(/*own=*/true);
  if (text.empty()) text = search.joined(/*own=*/false);
  return text.empty() ? search.many_times() : text;
}

}  // namespace shapedbg
