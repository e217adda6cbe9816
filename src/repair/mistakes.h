// Mistakes that have nothing to do with each other: which there are, also behind a layer that cannot run, and
// the network with only one of them, which is repaired as if the others were not there.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "infer/infer.h"
#include "net/spec.h"

namespace shapedbg {

struct Mistake {
  LayerId layer;  // that cannot run or whose result is not what is expected
  Code code{};    // of the first reason
  // It stands behind another mistake.
  bool hidden = false;
  // It is one whatever is done about the mistakes in front of it: those say nothing about the sizes it is
  // about.
  bool certain = true;
  bool expectation = false;  // it runs, and returns another shape than is expected
};

class Mistakes {
 public:
  // `trace`: what the formulas, or LibTorch, say of `spec`. Sizes behind a layer that cannot run are those
  // that it is built for, as far as they are known.
  Mistakes(const Spec& spec, const Trace& trace);

  const std::vector<Mistake>& all() const { return all_; }
  // Whether another one than `kept` is certain.
  bool others(std::size_t kept) const;
  // The index of the mistake at a layer.
  std::optional<std::size_t> at(LayerId layer) const;

  // `spec` with the mistake `kept` alone: each other layer that cannot run takes whatever comes and returns
  // what it is built for. `origin` has, for each layer of `spec`, its index in the network of the mistakes,
  // or none.
  Spec with_only(std::size_t kept, Spec spec, const PerLayer<LayerId>& origin) const;
  // The same for the network itself.
  Spec with_only(std::size_t kept, const Spec& spec) const;
  // The mistakes of a changed network, of which only those that were there before are known.
  Mistakes moved(const PerLayer<LayerId>& origin) const;

 private:
  // What a layer returns is a guess: along its channels, or along its other axes.
  struct Unsure {
    bool channels = false;
    bool sizes = false;
  };
  Mistakes() = default;

  void look(Spec& healed, const Trace& trace);
  void heal(Spec& healed, const Trace& trace, LayerId layer);
  void expectations(const Spec& healed, const Trace& trace, const Trace& first);

  std::vector<Mistake> all_;
  std::map<LayerId, LayerSpec> healed_;  // by layer: kind and options that stand for it
  std::vector<LayerId> unknown_;         // layers that cannot run and of which nobody knows what they return
  std::vector<Unsure> unsure_;           // of each layer, by itself
  std::vector<Unsure> guessed_;          // of each layer, by itself or by what it takes
};

}  // namespace shapedbg
