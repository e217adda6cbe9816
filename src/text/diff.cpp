#include "text/diff.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace shapedbg {
namespace {

constexpr std::size_t kContext = 3;
constexpr int kMostDifferences = 4000;  // Myers keeps a row for each: 4000 of them are 64 MB at worst

using Lines = std::vector<std::string_view>;

// Each with its LF, which only the last may lack.
Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t feed = text.find('\n');
    const std::size_t length = feed == std::string_view::npos ? text.size() : feed + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

// before[old_begin, old_end) gives way to after[new_begin, new_end).
struct Change {
  std::size_t old_begin = 0;
  std::size_t old_end = 0;
  std::size_t new_begin = 0;
  std::size_t new_end = 0;
};

class Comparison {
 public:
  Comparison(const Lines& before, const Lines& after) : before_(before), after_(after) {
    const std::size_t shorter = std::min(before.size(), after.size());
    while (head_ < shorter && before[head_] == after[head_]) ++head_;
    while (tail_ < shorter - head_ && before[before.size() - 1 - tail_] == after[after.size() - 1 - tail_])
      ++tail_;
    rows_ = static_cast<int>(before.size() - head_ - tail_);
    columns_ = static_cast<int>(after.size() - head_ - tail_);
  }

  std::vector<Change> changes() {
    if (rows_ == 0 && columns_ == 0) return {};
    const int steps = rows_ == 0 || columns_ == 0 ? -1 : walk();
    if (steps < 0) {
      add(0, rows_, 0, columns_);
    } else {
      walk_back(steps);
      std::reverse(changes_.begin(), changes_.end());
    }
    return std::move(changes_);
  }

 private:
  bool equal(int row, int column) const {
    return before_[head_ + static_cast<std::size_t>(row)] == after_[head_ + static_cast<std::size_t>(column)];
  }
  // The furthest row reached on diagonal `k` (row - column) with `steps` differences.
  int& furthest(int steps, int k) {
    return reached_[static_cast<std::size_t>(steps)][static_cast<std::size_t>((k + steps) / 2)];
  }
  bool goes_down(int steps, int k) {
    return k == -steps || (k != steps && furthest(steps - 1, k - 1) < furthest(steps - 1, k + 1));
  }

  // How many lines differ at least, or -1 when they are too many to find out.
  int walk() {
    for (int steps = 0; steps <= std::min(rows_ + columns_, kMostDifferences); ++steps) {
      reached_.emplace_back(static_cast<std::size_t>(steps) + 1);
      for (int k = -steps; k <= steps; k += 2) {
        int row = 0;
        if (steps > 0)
          row = goes_down(steps, k) ? furthest(steps - 1, k + 1) : furthest(steps - 1, k - 1) + 1;
        while (row < rows_ && row - k < columns_ && row - k >= 0 && equal(row, row - k)) ++row;
        furthest(steps, k) = row;
        if (row >= rows_ && row - k >= columns_) return steps;
      }
    }
    return -1;
  }

  void walk_back(int steps) {
    int row = rows_;
    int column = columns_;
    for (; steps > 0; --steps) {
      const bool down = goes_down(steps, row - column);
      const int k = down ? row - column + 1 : row - column - 1;
      const int from_row = furthest(steps - 1, k);
      const int from_column = from_row - k;
      if (down) {
        add(from_row, from_row, from_column, from_column + 1);
      } else {
        add(from_row, from_row + 1, from_column, from_column);
      }
      row = from_row;
      column = from_column;
    }
  }

  // Called from the last change to the first; neighbours become one.
  void add(int old_begin, int old_end, int new_begin, int new_end) {
    const auto at = [&](int line) { return head_ + static_cast<std::size_t>(line); };
    const Change change{at(old_begin), at(old_end), at(new_begin), at(new_end)};
    if (!changes_.empty() && changes_.back().old_begin == change.old_end &&
        changes_.back().new_begin == change.new_end) {
      changes_.back().old_begin = change.old_begin;
      changes_.back().new_begin = change.new_begin;
      return;
    }
    changes_.push_back(change);
  }

  const Lines& before_;
  const Lines& after_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
  int rows_ = 0;
  int columns_ = 0;
  std::vector<std::vector<int>> reached_;
  std::vector<Change> changes_;
};

// "3,7", "3" for a single line, and "2,0" for none behind line 2.
std::string range(std::size_t begin, std::size_t count) {
  const std::string first = std::to_string(count == 0 ? begin : begin + 1);
  return count == 1 ? first : first + "," + std::to_string(count);
}

void add_lines(std::string& text, char mark, const Lines& lines, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    text += mark;
    text += lines[i];
    if (lines[i].back() != '\n') text += "\n\\ No newline at end of file\n";
  }
}

// As GNU diff writes names: quoted as in C where a byte would break the line, and a tab behind one with
// spaces, so that readers find its end.
std::string header_name(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
  });
  if (plain) return name.find(' ') == std::string::npos ? name : name + "\t";
  std::string quoted = "\"";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += '\\';
      for (const int shift : {6, 3, 0}) quoted += static_cast<char>('0' + ((byte >> shift) & 7));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

}  // namespace

std::string unified_diff(const std::string& from, const std::string& to, std::string_view before,
                         std::string_view after) {
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  const std::vector<Change> changes = Comparison(old_lines, new_lines).changes();
  if (changes.empty()) return {};
  std::string text = "--- " + header_name(from) + "\n+++ " + header_name(to) + "\n";
  for (std::size_t first = 0; first < changes.size();) {
    // Changes whose context would touch share a hunk.
    std::size_t last = first;
    while (last + 1 < changes.size() && changes[last + 1].old_begin - changes[last].old_end <= 2 * kContext)
      ++last;
    const std::size_t lead = std::min(kContext, changes[first].old_begin);
    const std::size_t trail = std::min(kContext, old_lines.size() - changes[last].old_end);
    const std::size_t old_begin = changes[first].old_begin - lead;
    const std::size_t new_begin = changes[first].new_begin - lead;
    text += "@@ -" + range(old_begin, changes[last].old_end + trail - old_begin) + " +" +
            range(new_begin, changes[last].new_end + trail - new_begin) + " @@\n";
    std::size_t at = old_begin;
    for (std::size_t i = first; i <= last; ++i) {
      add_lines(text, ' ', old_lines, at, changes[i].old_begin);
      add_lines(text, '-', old_lines, changes[i].old_begin, changes[i].old_end);
      add_lines(text, '+', new_lines, changes[i].new_begin, changes[i].new_end);
      at = changes[i].old_end;
    }
    add_lines(text, ' ', old_lines, at, at + trail);
    first = last + 1;
  }
  return text;
}

}  // namespace shapedbg
