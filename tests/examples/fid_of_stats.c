/* FID of two sets of which only mean and covariance are there, as pytorch-fid, clean-fid and bonafide keep them, with
 * the installed libraries; a third file gets the statistics of the second anew:
 *
 * bonafide stats photos/ -o photos.npz cc fid_of_stats.c $(pkg-config --cflags --libs gmet) -o fid_of_stats
 * ./fid_of_stats photos.npz samples.npz ./fid_of_stats photos.npz samples.npz copy.npz */
#include <bonafide/gmet.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    gmet_stats real = {0}, gen = {0};
    gmet_stats_options options;
    gmet_fid_result fid;
    feat_error err = {FEAT_OK, "usage: fid_of_stats A.npz B.npz [COPY.npz]"};
    feat_status status = argc == 3 || argc == 4 ? FEAT_OK : FEAT_ERR_ARG;
    gmet_stats_options_init(&options, sizeof options);
    if (status == FEAT_OK)
        status = gmet_stats_read(&real, &options, argv[1], &err);
    options.d = real.d; /* of another width the second is refused */
    if (status == FEAT_OK)
        status = gmet_stats_read(&gen, &options, argv[2], &err);
    if (status == FEAT_OK)
        status = gmet_fid(&fid, real.mu, real.sigma, gen.mu, gen.sigma, real.d, NULL, &err);
    if (status == FEAT_OK && argc == 4)
        status = gmet_stats_write(&gen, argv[3], &err);
    if (status == FEAT_OK)
        printf("%.17g\n", fid.value);
    else
        fprintf(stderr, "%s\n", err.message);
    gmet_stats_release(&real);
    gmet_stats_release(&gen);
    return status == FEAT_OK ? 0 : 1;
}
