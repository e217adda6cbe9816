// The reader of Keras models: what model.to_json() writes, and config.json of a .keras file. Functional and
// Sequential models of Keras' own layers; no weight and no code is read. Shapes are turned to torch's order,
// N, C, H, W, where the model has its channels last. "same" is meant as Keras means it: ceil(n/s) comes out,
// and an odd pad lies at the end.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/spec.h"
#include "read/importer.h"

namespace shapedbg {

// Whether the bytes are such a JSON.
bool looks_like_keras(std::string_view text);
// Whether the file, or what holds these bytes, is a .keras archive.
bool is_keras_archive(const std::string& path);
bool are_keras_archive(std::string_view bytes);

// The configuration of a model that Keras 2 saved as .h5 (HDF5): an attribute of the file, whose text lies in
// one piece near its begin. Empty where `begin` has none, or not all of it; weights alone have none.
std::string_view config_in_h5(std::string_view begin);

// `inputs`: shapes in Keras' order with the batch, for the input of that name, or in their order where the
// name is empty.
Imported import_keras(std::string_view json, const std::vector<std::pair<std::string, Shape>>& inputs = {});
Imported import_keras_archive(const std::string& path,
                              const std::vector<std::pair<std::string, Shape>>& inputs = {});
Imported import_keras_bytes(std::string_view bytes,
                            const std::vector<std::pair<std::string, Shape>>& inputs = {});

}  // namespace shapedbg
