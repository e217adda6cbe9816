// JSON documents against a JSON Schema.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace shapedbg {

// What a validator that is not ours (Debian: python3-jsonschema) has to say about each document under a JSON
// Schema: one line a document, "ok" or its first complaint.
inline std::vector<std::string> verdicts(const std::string& schema,
                                         const std::vector<std::string>& documents) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("shapedbg-schema-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string at = folder.string();
  std::ofstream(at + "/schema.json") << schema;
  {
    std::ofstream file(at + "/documents.json");
    for (std::size_t i = 0; i < documents.size(); ++i) file << (i == 0 ? "[" : ",") << documents[i];
    file << "]";
  }
  std::ofstream(at + "/validate.py")
      << "import json, sys\n"
         "from jsonschema import Draft202012Validator\n"
         "schema, documents = (json.load(open(name, encoding='utf-8')) for name in sys.argv[1:])\n"
         "Draft202012Validator.check_schema(schema)\n"
         "for document in documents:\n"
         "    first = next(Draft202012Validator(schema).iter_errors(document), None)\n"
         "    print('ok' if first is None else f'{first.json_path}: {first.message}'[:300].replace('\\n', ' "
         "'))\n";
  const auto run = [&](const std::string& python) {
    return std::system((python + " " + at + "/validate.py " + at + "/schema.json " + at +
                        "/documents.json > " + at + "/out.txt 2> " + at + "/err.txt")
                           .c_str());
  };
  // A python of the user's own may lack the module that the system's has.
  if (run("python3") != 0 && run("/usr/bin/python3") != 0) {
    std::ifstream said(at + "/err.txt");
    ADD_FAILURE() << "the schema cannot be judged (is python3-jsonschema installed?)\n" << said.rdbuf();
  }
  std::vector<std::string> lines;
  std::ifstream out(at + "/out.txt");
  for (std::string line; std::getline(out, line);) lines.push_back(line);
  std::filesystem::remove_all(folder);
  lines.resize(documents.size(), "no verdict");
  return lines;
}

}  // namespace shapedbg
