#include "meaning/provenance.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace shapedbg {
namespace {

// A digit on its way from the input axes to the output axes.
struct Piece {
  Digit digit;
  std::size_t from = 0;  // first and last input axis that it stood in
  std::size_t to = 0;
  bool coarse = false;  // cut by this regrouping, and what follows went on
  bool fine = false;    // cut by it, and what is before ended an axis
};

std::vector<Piece> in_one_row(const std::vector<AxisDigits>& axes) {
  std::vector<Piece> row;
  for (std::size_t k = 0; k < axes.size(); ++k)
    for (const Digit& digit : axes[k]) {
      if (!row.empty() && fuse(row.back().digit, digit)) {
        row.back().to = k;
        continue;
      }
      row.push_back({.digit = digit, .from = k, .to = k});
    }
  return row;
}

// Whether two neighbours that did not stand in one axis before make no index together.
bool mixes(const Piece& x, const Piece& y, const std::vector<Atom>& atoms) {
  if (x.to == y.from || (!x.fine && !y.coarse)) return false;
  const AtomKind first = atoms[static_cast<std::size_t>(x.digit.atom)].kind;
  const AtomKind second = atoms[static_cast<std::size_t>(y.digit.atom)].kind;
  if (first == AtomKind::unknown || second == AtomKind::unknown) return false;
  if (x.fine && first == AtomKind::batch) return true;  // parts of samples
  return x.fine && y.coarse && x.digit.atom != y.digit.atom;
}

struct Filling {
  const std::vector<Atom>& atoms;
  std::vector<Piece> row;
  bool one_sample = false;
  std::size_t next = 0;
  Regrouped result = {};

  // Fills one axis of size n; false where its end lies inside of a run.
  bool fill(std::size_t axis, std::int64_t n) {
    AxisDigits& digits = result.axes[axis];
    std::optional<Piece> last;
    std::optional<Piece> channels;  // that the axis holds
    bool batch = axis == 0 && one_sample;
    while (n > 1) {
      if (next == row.size()) return false;
      Piece piece = row[next];
      if (n % piece.digit.size == 0) {
        ++next;
      } else if (piece.digit.size % n == 0) {
        const std::int64_t rest = piece.digit.size / n;
        row[next].digit.size = rest;
        row[next].fine = true;
        row[next].coarse = piece.coarse;
        piece.digit = {piece.digit.atom, piece.digit.stride * rest, n};
        piece.coarse = true;
      } else {
        return false;
      }
      n /= piece.digit.size;
      const AtomKind kind = atoms[static_cast<std::size_t>(piece.digit.atom)].kind;
      batch = batch || kind == AtomKind::batch;
      // Rows become channels in the wrong order: space-to-depth without its Permute, boxes without theirs. In
      // the batch channels and windows of each are free.
      const bool rows =
          channels && !batch && piece.coarse && kind == AtomKind::position && channels->to != piece.from;
      if (rows || (last && mixes(*last, piece, atoms)))
        result.mixed.push_back({axis, rows ? channels->digit : last->digit, piece.digit});
      if (kind == AtomKind::channel) channels = piece;
      if (digits.empty() || !fuse(digits.back(), piece.digit)) digits.push_back(piece.digit);
      last = piece;
    }
    return true;
  }

  // The run from the beginning of `axis` to the next boundary that both sides share. The last axis of it.
  std::size_t tear(std::size_t axis, std::size_t first, const std::vector<std::int64_t>& out) {
    Torn torn{axis, axis, {}};
    result.axes[axis].clear();
    next = first;
    std::int64_t had = 1;
    std::int64_t wanted = out[axis];
    while (had != wanted) {
      const bool more = had < wanted ? next < row.size() : torn.last_axis + 1 < out.size();
      if (!more) break;
      if (had < wanted) {
        had *= row[next].digit.size;
        torn.run.push_back(row[next++].digit);
      } else {
        wanted *= out[++torn.last_axis];
      }
      const std::int64_t by = std::gcd(had, wanted);
      had /= by;
      wanted /= by;
      if (had == 1 && wanted == 1) break;
    }
    result.torn.push_back(std::move(torn));
    return result.torn.back().last_axis;
  }
};

}  // namespace

Regrouped regroup(const std::vector<AxisDigits>& axes, const std::vector<std::int64_t>& out,
                  const std::vector<Atom>& atoms, bool one_sample) {
  Filling filling{atoms, in_one_row(axes), one_sample};
  filling.result.axes.resize(out.size());
  for (std::size_t k = 0; k < out.size(); ++k) {
    // A piece is only cut where it ends an axis: an axis that could not be filled has left the row as it was.
    const std::size_t first = filling.next;
    if (!filling.fill(k, out[k])) k = filling.tear(k, first, out);
  }
  return std::move(filling.result);
}

}  // namespace shapedbg
