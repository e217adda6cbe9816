// What is known of one text of an open document.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lsp/checker.h"
#include "read/json/json.h"
#include "text/source.h"
#include "workspace/check.h"

namespace shapedbg::lsp {

class NameTable;

// What was answered about one text, and what the features look up in it again and again.
class Picture {
 public:
  Picture(std::shared_ptr<const Source> text, std::int64_t revision, Stage stage, Checked checked);
  ~Picture();
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  const Source& text() const { return *text_; }
  std::int64_t revision() const { return revision_; }
  Stage stage() const { return stage_; }
  const Checked& checked() const { return checked_; }
  const Spec& spec() const { return checked_.spec; }
  // There is a network to show.
  bool usable() const;

  // The tree of the text; empty() where it is no JSON.
  const json::Document& document() const;
  // The innermost value (or member, where the place is in its key) that holds a byte, or null.
  const json::Node* at(std::size_t offset) const;
  // The layers that one object of the text stands for, in the order in which they run: those of every use of
  // a block. Empty where it stands for none.
  const std::vector<LayerId>& layers_of(const json::Node& entry) const;
  // For the use of a block: the last layer of each time that it is put in.
  const std::vector<LayerId>& ends_of_use(const json::Node& use) const;
  // Where names are given and taken; the document is not empty().
  const NameTable& names() const;
  // "multiples of 16, from 16": which input sizes come back; empty where that is not known.
  const std::string& right_sizes() const;

 private:
  void index() const;

  std::shared_ptr<const Source> text_;
  std::int64_t revision_;
  Stage stage_;
  Checked checked_;
  // Made when they are asked for first.
  mutable std::vector<Finding> syntax_;
  mutable std::unique_ptr<json::Document> document_;
  mutable std::unique_ptr<NameTable> names_;
  mutable bool indexed_ = false;
  mutable std::unordered_map<std::size_t, std::vector<LayerId>> layers_;  // by the first byte of the object
  mutable std::unordered_map<std::size_t, std::vector<LayerId>> ends_;
  mutable std::optional<std::string> right_sizes_;
};

// Which sizes of the first input come back, in words: each axis alone, or, where none does so, the same size
// on all of them. Empty where that is not known.
std::string right_sizes_text(const Checked& checked);

// "[1, 64, 24, 24]" of what a layer returned, several joined; empty where it is not known.
std::string returned_text(const LayerTrace& row);
// The same of several layers, each shape once: "[1, 64, 24, 24] | [1, 32, 48, 48]".
std::string returned_text(const Checked& checked, const std::vector<LayerId>& layers);

}  // namespace shapedbg::lsp
