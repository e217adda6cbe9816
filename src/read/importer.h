// What every reader of a foreign file returns: a spec of format 1, which all commands then read as if its
// author had written it. A reader runs nothing and never throws for any bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "finding/finding.h"
#include "net/constructor.h"
#include "net/spec.h"
#include "text/source.h"

namespace shapedbg {

// What a finding says with names of the file in it: control characters become blanks.
inline std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

struct Imported {
  // A spec of format 1 (see read/draft.h), ready for parse(); null where no network could be made of the
  // file.
  std::shared_ptr<const MadeText> made;
  // I6xx. Their place is the file itself (an empty span); what they are about stands in the message.
  std::vector<Finding> findings;
  // What the file does not say and the reader assumed, one line each, for people: lower case, no period.
  std::vector<std::string> guesses;
  std::size_t layers = 0;
  std::size_t custom = 0;  // of them, those no layer kind stands for
  // Where the program makes its layers, for those that are asked for it (read/python/python.h).
  std::vector<ConstructorCall> constructors = {};
  std::vector<ProgramText> programs = {};
  // What each recorded call became; empty where it is no layer of its own.
  struct CalledLayer {
    std::string name;
    std::string type;
  };
  std::vector<CalledLayer> called = {};
  // Of a program that was run, each run that is known: the shapes that went in, one per input of the spec,
  // and what its layers returned, up to the first call that raised.
  struct Run {
    struct Returned {
      std::string layer;
      int output = 0;
      Shape shape;
    };
    std::vector<Shape> inputs;
    std::vector<Returned> returned;
  };
  std::vector<Run> runs = {};
  // The first call of the recorded run that raised: what it said, and the layer that it became, if any.
  struct Raised {
    std::string message;
    std::string layer;
  };
  std::optional<Raised> raised = {};
  std::vector<ProgramNumber> numbers = {};
  std::vector<ForwardCall> forward = {};

  bool usable() const { return made != nullptr; }
  const std::string& spec() const { return made->bytes; }  // where it is usable
};

}  // namespace shapedbg
