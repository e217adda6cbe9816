# Finds a LibTorch by its headers and libraries: any build, with CUDA or ROCm or without, a wheel of Python or Debian's. Its own
# CMake package is not asked, as those of CUDA builds need the whole toolkit.
#   SHAPEDBG_LIBTORCH   the folder that holds include/ and lib/; else what Torch_DIR, CMAKE_PREFIX_PATH or the system has
# Defines the target shapedbg_torch, and in the caller's scope SHAPEDBG_TORCH_VERSION, SHAPEDBG_TORCH_LIBRARY_DIR and
# SHAPEDBG_OLD_ABI: true where it is built for the C++ library's old ABI, as PyPI's wheels up to 2.6 are. All that shares a
# string with it has to be built so, too.
set(SHAPEDBG_LIBTORCH "" CACHE PATH "A LibTorch: the folder that holds its include/ and lib/")

function(shapedbg_torch_version includes result)
  # The header moved; each of them has the numbers or includes the one that has.
  foreach(header torch/headeronly/version.h torch/version.h torch/csrc/api/include/torch/version.h)
    if(EXISTS "${includes}/${header}")
      file(STRINGS "${includes}/${header}" lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) +[0-9]+")
      string(REGEX MATCHALL "[0-9]+" numbers "${lines}")
      list(LENGTH numbers count)
      if(count EQUAL 3)
        list(JOIN numbers "." version)
        set(${result} "${version}" PARENT_SCOPE)
        return()
      endif()
    endif()
  endforeach()
  set(${result} "" PARENT_SCOPE)
endfunction()

function(shapedbg_find_torch)
  set(roots "${SHAPEDBG_LIBTORCH}")
  if(NOT roots AND Torch_DIR)
    # share/cmake/Torch, or lib/ARCHITECTURE/cmake/Torch.
    foreach(up ../../.. ../../../..)
      get_filename_component(root "${Torch_DIR}/${up}" ABSOLUTE)
      list(APPEND roots "${root}")
    endforeach()
  endif()
  # What `torch.utils.cmake_prefix_path` of Python says is share/cmake of the package.
  if(NOT roots)
    set(prefixes ${CMAKE_PREFIX_PATH} $ENV{CMAKE_PREFIX_PATH})
    foreach(prefix ${prefixes})
      foreach(up . ../..)
        get_filename_component(root "${prefix}/${up}" ABSOLUTE)
        if(EXISTS "${root}/include/torch/csrc/api/include/torch/torch.h")
          list(APPEND roots "${root}")
        endif()
      endforeach()
    endforeach()
  endif()
  set(only "")
  if(roots)
    set(only NO_DEFAULT_PATH)
  endif()
  set(api torch/csrc/api/include)
  find_path(SHAPEDBG_TORCH_INCLUDE "${api}/torch/torch.h" HINTS ${roots} PATH_SUFFIXES include ${only} NO_CACHE)
  foreach(library torch_cpu c10)
    find_library(SHAPEDBG_${library} ${library} HINTS ${roots} PATH_SUFFIXES lib "lib/${CMAKE_LIBRARY_ARCHITECTURE}" ${only} NO_CACHE)
  endforeach()
  if(NOT SHAPEDBG_TORCH_INCLUDE OR NOT SHAPEDBG_torch_cpu OR NOT SHAPEDBG_c10)
    message(FATAL_ERROR "no LibTorch with headers, libtorch_cpu.so and libc10.so in `${roots}`; SHAPEDBG_LIBTORCH names the folder "
      "that holds its include/ and lib/")
  endif()
  # By a function of its own that takes a string: a build for the old ABI holds names of the C++ library's new one, too.
  file(STRINGS "${SHAPEDBG_c10}" new_abi REGEX "torchCheckFailEPKcS2_jRKNSt7__cxx11" LIMIT_COUNT 1)
  if(new_abi)
    set(SHAPEDBG_OLD_ABI OFF PARENT_SCOPE)
  else()
    set(SHAPEDBG_OLD_ABI ON PARENT_SCOPE)
  endif()
  shapedbg_torch_version("${SHAPEDBG_TORCH_INCLUDE}" version)
  get_filename_component(folder "${SHAPEDBG_torch_cpu}" DIRECTORY)

  add_library(shapedbg_torch INTERFACE)
  target_include_directories(shapedbg_torch SYSTEM INTERFACE "${SHAPEDBG_TORCH_INCLUDE}" "${SHAPEDBG_TORCH_INCLUDE}/${api}")
  # As the packages of all wheels for Linux set them.
  target_compile_definitions(shapedbg_torch INTERFACE USE_C10D_GLOO USE_DISTRIBUTED USE_RPC USE_TENSORPIPE)
  # Nothing of the link names libtorch_cpu.so where only inline functions are used: it registers the operators.
  target_link_libraries(shapedbg_torch INTERFACE -Wl,--no-as-needed "${SHAPEDBG_torch_cpu}" -Wl,--as-needed "${SHAPEDBG_c10}")
  # Debian's is built with glog, whose functions its headers call.
  set(macros "${SHAPEDBG_TORCH_INCLUDE}/c10/macros/cmake_macros.h")
  if(EXISTS "${macros}")
    file(STRINGS "${macros}" with_glog REGEX "^#define C10_USE_GLOG")
    if(with_glog)
      find_library(SHAPEDBG_glog glog NO_CACHE)
      if(SHAPEDBG_glog)
        target_link_libraries(shapedbg_torch INTERFACE "${SHAPEDBG_glog}")
      endif()
    endif()
  endif()
  set(SHAPEDBG_TORCH_VERSION "${version}" PARENT_SCOPE)
  set(SHAPEDBG_TORCH_LIBRARY_DIR "${folder}" PARENT_SCOPE)
endfunction()
