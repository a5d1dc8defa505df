/* Made by make_images.py; do not edit. crc: CRC-32 of the RGB bytes. */
#include "tools/sets/set.h"

static const struct {
    const char *name;
    size_t h, w;
    uint32_t crc;
    unsigned flags;
} image_data[] = {
    {"rgb.png", 17, 23, 0x9fba5822u, 0},
    {"grey.png", 17, 23, 0x2eb00212u, BF_IMAGE_GREY},
    {"rgba.png", 17, 23, 0x9fba5822u, BF_IMAGE_ALPHA},
    {"grey_alpha.png", 17, 23, 0x2eb00212u, BF_IMAGE_GREY | BF_IMAGE_ALPHA},
    {"bits.png", 17, 23, 0x8c60459du, BF_IMAGE_GREY},
    {"palette.png", 17, 23, 0x8cf4029bu, 0},
    {"palette_trns.png", 17, 23, 0x8cf4029bu, BF_IMAGE_ALPHA},
    {"rgb_trns.png", 17, 23, 0x9fba5822u, BF_IMAGE_ALPHA},
    {"rgb16.png", 17, 23, 0x9fba5822u, BF_IMAGE_16BIT},
    {"grey16.png", 17, 23, 0x2eb00212u, BF_IMAGE_GREY | BF_IMAGE_16BIT},
    {"interlaced.png", 17, 23, 0x9fba5822u, 0},
    {"rgb.jpg", 17, 23, 0xd5a49058u, BF_IMAGE_LOSSY},
    {"full.jpg", 17, 23, 0x69069ad3u, BF_IMAGE_LOSSY},
    {"progressive.jpg", 17, 23, 0xac43ba5cu, BF_IMAGE_LOSSY},
    {"grey.jpg", 17, 23, 0x25e9ca3au, BF_IMAGE_GREY | BF_IMAGE_LOSSY},
    {"rgb.bmp", 17, 23, 0x9fba5822u, 0},
    {"palette.bmp", 17, 23, 0x2eb00212u, BF_IMAGE_GREY},
    {"raw.ppm", 17, 23, 0x9fba5822u, 0},
    {"raw.pgm", 17, 23, 0x2eb00212u, BF_IMAGE_GREY},
    {"maxval.ppm", 17, 23, 0xc9814b81u, 0},
    {"deep.ppm", 17, 23, 0xe03ee6fau, BF_IMAGE_16BIT},
    {"plain.pnm", 17, 23, 0x9fba5822u, 0},
    {"rgb.tga", 17, 23, 0x9fba5822u, 0},
    {"runs.tga", 17, 23, 0x9fba5822u, 0},
    {"rgba.tga", 17, 23, 0x9fba5822u, BF_IMAGE_ALPHA},
    {"grey.tga", 17, 23, 0x2eb00212u, BF_IMAGE_GREY},
    {"one.gif", 17, 23, 0x8cf4029bu, 0},
    {"interlaced.gif", 17, 23, 0x8cf4029bu, 0},
    {"transparent.gif", 17, 23, 0x8cf4029bu, BF_IMAGE_ALPHA},
    {"two.gif", 17, 23, 0x8cf4029bu, BF_IMAGE_ANIMATED},
};
