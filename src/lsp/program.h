// Python files: models that a comment names, or the project's file, are recorded when the file is saved, and
// what is found in them is shown on the lines that made and called their layers.
//
//   # shapedbg: UNet(3, 2) input 1,3,250,250
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lsp/outline.h"
#include "lsp/positions.h"
#include "lsp/project.h"
#include "lsp/protocol.h"
#include "net/layer_source.h"
#include "text/edit.h"
#include "text/source.h"
#include "workspace/check.h"

namespace shapedbg {
class PythonWorker;
}  // namespace shapedbg

namespace shapedbg::lsp {

// A model that is to be recorded.
struct DeclaredModel {
  std::string call;                 // "UNet(3, 2)"
  std::string name;                 // "UNet"
  std::vector<std::string> inputs;  // "1,3,250,250", "ids=2,77:int64"
  Span span;                        // of the comment, else of the line that begins the class
};
// Those of the comments, then those that the project names and no comment does.
std::vector<DeclaredModel> models_of(const Source& text, const ProjectWishes& project);

// What became of the models of one file.
struct Program {
  std::shared_ptr<const Source> text;
  std::vector<DeclaredModel> declared;
  std::vector<Checked> models;  // one for each that is declared; `error` where it could not be recorded
};

// Runs the user's code, by that Python. One check for each model that is declared.
std::vector<Checked> record(const Source& text, PythonWorker& python, const ProjectWishes& project,
                            const EngineSource& engine);

// Each finding on the line that made its layer, or called it, or on the comment.
Json diagnostics_json(const Program& program, const std::string& uri, const Positions& positions);
// What the calls of each line returned.
std::vector<Hint> hints(const Program& program);
// Over each declared model: which input sizes are right.
std::vector<Lens> lenses(const Program& program);

// A fix that can be written into the lines that made the layers: it changes nothing but arguments of their
// constructors.
struct LineFix {
  std::string title;
  bool safe = false;
  Span place;  // of the finding
  std::vector<Edit> edits;
};
std::vector<LineFix> line_fixes(const Program& program);

// Where a layer stands in this file: the words of the line that made it, or called it (that first, where
// `called` is set), else where the model is declared.
Span place_of(const Program& program, std::size_t model, const std::string& layer, bool called);
// The number of that line in this file, 0 where it stands elsewhere.
int line_here(const SourceLine& line, const Source& text);
Span words_of(const Source& text, int line);  // without the indentation

}  // namespace shapedbg::lsp
