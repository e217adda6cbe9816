// What one change of a repair does: the text of options is compared here and nowhere else.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>

#include "finding/finding.h"
#include "net/kinds.h"
#include "net/option_text.h"
#include "repair/candidate.h"

namespace shapedbg {

inline bool sets(const Change& change, Opt opt) { return change.option == to_string(opt); }

inline bool sets_any(const Change& change, std::initializer_list<Opt> opts) {
  return std::any_of(opts.begin(), opts.end(), [&](Opt opt) { return sets(change, opt); });
}

inline bool sets_to(const Change& change, Opt opt, std::int64_t number) {
  return sets(change, opt) && change.to == std::to_string(number);
}

// A stride that is none any more.
inline bool takes_the_stride(const Change& change) {
  return sets_to(change, Opt::stride, 1) && change.from != "1";
}

// How many channels or features a layer gets, or how many it returns.
inline bool sets_what_comes(const Change& change) {
  return sets_any(change, {Opt::in_channels, Opt::in_features, Opt::num_features, Opt::num_channels});
}
inline bool sets_what_goes(const Change& change) {
  return sets_any(change, {Opt::out_channels, Opt::out_features});
}

// A layer of that kind.
inline bool puts_in(const Change& change, LayerKind kind) {
  return change.to.find("\"" + std::string(info(kind).name) + "\"") != std::string::npos;
}

// Whether a candidate does, in one of its changes.
inline bool sets(const Candidate& candidate, Opt opt) {
  return std::any_of(candidate.moves.begin(), candidate.moves.end(), [&](const Move& move) {
    const auto* set = std::get_if<SetOption>(&move);
    return set != nullptr && set->opt == opt;
  });
}
inline bool puts_in(const Candidate& candidate, LayerKind kind) {
  return std::any_of(candidate.changes.begin(), candidate.changes.end(),
                     [&](const Change& c) { return c.option == "layer" && puts_in(c, kind); });
}

}  // namespace shapedbg
