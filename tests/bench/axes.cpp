// What axes and positions cost beside inference: axes ROUNDS SPEC…, in one process, in turns. One line for
// each network and the sum: ms for inference, ms for the walk at the declared batch and at the one that
// findings are looked for at.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "infer/infer.h"
#include "meaning/walk.h"
#include "read/json/parse.h"

namespace {

using namespace shapedbg;

template <class Work>
double milliseconds(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 2 ? std::atoi(argv[1]) : 0;
  double all_infer = 0, all_walk = 0, all_findings = 0;
  std::size_t troubles = 0;
  for (int i = 2; i < argc; ++i) {
    std::ostringstream text;
    text << std::ifstream(argv[i]).rdbuf();
    const Source source(argv[i], text.str());
    const Parsed parsed = parse(source);
    if (!parsed.usable) continue;
    const Trace trace = infer(parsed.spec);
    double least_infer = 1e9, least_walk = 1e9, least_findings = 1e9;
    for (int round = 0; round < rounds; ++round) {
      least_infer =
          std::min(least_infer, milliseconds([&] { troubles += infer(parsed.spec).layers.size(); }));
      least_walk =
          std::min(least_walk, milliseconds([&] { troubles += walk(parsed.spec, trace).atoms.size(); }));
      least_findings =
          std::min(least_findings,
                   milliseconds([&] { troubles += walk_for_findings(parsed.spec, trace).atoms.size(); }));
    }
    all_infer += least_infer;
    all_walk += least_walk;
    all_findings += least_findings;
    std::printf("%s\t%zu layers\t%.4f\t%.4f\t%.4f\n", argv[i], parsed.spec.layers.size(), least_infer,
                least_walk, least_findings);
  }
  std::printf("all\t%zu\t%.4f\t%.4f\t%.4f\n", troubles > 0 ? std::size_t{1} : std::size_t{0}, all_infer,
              all_walk, all_findings);
  return 0;
}
