// Models as Python classes: a recorder (recorder.py) runs one forward pass with the user's own Python and
// torch, in a process of its own; the calls that it made become a spec of format 1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "read/importer.h"

namespace shapedbg {

class PythonWorker;

struct PythonOptions {
  std::string python = "python3";   // the interpreter that has the user's torch
  std::string call;                 // "UNet(depth=4)" in place of the class called without arguments
  std::vector<std::string> inputs;  // "1,3,64,64", "ids=2,77:int64": one for each argument
  std::vector<std::string> also;    // the same at another size: finds sizes that lost their origin
  int seconds = 300;                // then the model is stopped
  bool constructors = false;        // also where the layers are made: Imported::constructors and ::programs
  std::vector<ProgramText> changed = {};  // files that are imported as if they held this text
  PythonWorker* worker = nullptr;         // a Python that has torch already, in place of a new one
};

// "unet.py:UNet", "package.module:UNet".
bool names_python_model(std::string_view text);

// The models of a program's text by their names, in its order: the classes that are made of a `…Module`, else
// all that stand at the beginning of a line.
std::vector<std::string> classes_in(std::string_view program);

// Runs the user's code. Never throws; what fails is an I6xx finding that says in which phase and at which
// line. Where the thread's question is stopped (text/cancel.h), so is the model.
Imported import_python(const std::string& target, const PythonOptions& options);

// What further out in the program would make the changes of fixes. Builds the model, and does not run it;
// empty where that fails.
ProgramTrials program_trials(const std::string& target, const PythonOptions& options,
                             const std::vector<WantedChanges>& fixes);
// The same of what the recorder wrote. Any bytes.
ProgramTrials read_trials(std::string_view recording);

// Adds what a recording says of where the layers are made. Any bytes.
void read_constructors(std::string_view recording, Imported& result);

// The recorder's text, and the words that have `python` run it; more may follow.
std::string_view recorder_program();
std::vector<std::string> recorder_command(const std::string& python);

}  // namespace shapedbg
